/** Ten thousand agents that lose their space come back without trampling it. */
import { comesBackWithoutTrampling } from './cases.js';

comesBackWithoutTrampling(10_000);
