/**
 * The home of net-snmp, loaded by `require`: for an `import` Node looks for the exports of its 7,000 lines in WebAssembly whose 16
 * MiB of memory stay, of which 9 are resident.
 */
import { createRequire } from 'node:module';

const library = createRequire(import.meta.url)('net-snmp') as typeof import('net-snmp');

export const { createSession, ObjectType, RequestFailedError, Version2c } = library;
