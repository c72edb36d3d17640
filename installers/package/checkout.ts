/** Where the sources are that a package is built from. */
import { fileURLToPath } from 'node:url';

/** This file is at <checkout>/dist/installers/package/checkout.js when it runs. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));
