/** The composition of the agent. */
export { exitCodes, type Probe, ProbeFault, probePort, proxySecrets, readAuthorities } from '../link/index.js';
export { Policy, readPolicy } from '../policy/index.js';
export { type ComposeOptions, composeAgent, composeCore, linkOf, runAgent } from './compose.js';
export { type Credentials, credentialsOf, type Knocking, logIn } from './credentials.js';
export { checkSpace, modeDiagnoses, noLog, probeSpace } from './diagnose.js';
export { routeOf, type SpaceRoute } from './route.js';
export { tokens } from './tokens.js';
export { spaceFiles } from './way.js';
export { token, Wiring, WiringError } from './wiring.js';
