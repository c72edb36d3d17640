/** A fleet that loses its space comes back without trampling it; ten thousand agents are in herd.system.ts. */
import { comesBackWithoutTrampling } from './cases.js';

comesBackWithoutTrampling(2_000);
