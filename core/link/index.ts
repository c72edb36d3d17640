/** The link to the space. */
export { type CheckOptions, checkSlot } from './check.js';
export type { Route } from './dial.js';
export { bareHost, portOf } from './fault.js';
export { type Answered, type Probe, ProbeFault, type ProbeOptions, probeLink, probePort } from './probe.js';
export { isLoopback, type ProxyServer, proxyFor, proxySecrets } from './proxy.js';
export { exitCodes } from './resume-policy.js';
export type { Orders } from './session.js';
export { openSpaceFile, type SpaceFile, type SpaceFileOptions } from './space-file.js';
export { readAuthorities } from './trust.js';
export { requireToken, Uplink, type UplinkEnd } from './uplink.js';
export type { LinkEnd, LinkEvents, LinkOptions } from './websocket.js';
