/** The composition of the agent. */
export { exitCodes } from '../link/index.js';
export { type ComposeOptions, composeAgent, composeCore, linkOf, runAgent } from './compose.js';
export { tokens } from './tokens.js';
export { token, Wiring, WiringError } from './wiring.js';
