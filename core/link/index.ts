/** The link to the space. */
export { isLoopback, type ProxyServer, proxyFor, proxySecrets } from './proxy.js';
export { exitCodes } from './resume-policy.js';
export type { Orders } from './session.js';
export { readAuthorities } from './trust.js';
export { requireToken, Uplink, type UplinkEnd } from './uplink.js';
export type { LinkEnd, LinkEvents, LinkOptions } from './websocket.js';
