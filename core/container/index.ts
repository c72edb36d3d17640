/** The composition of the agent. */
export { type ComposeOptions, composeAgent, composeCore, linkOf, runAgent } from './compose.js';
export { tokens } from './tokens.js';
export { token, Wiring, WiringError } from './wiring.js';
