/** The link to the space. */
export { exitCodes } from './resume-policy.js';
export type { Orders } from './session.js';
export { requireToken, Uplink, type UplinkEnd } from './uplink.js';
export type { LinkEnd, LinkEvents, LinkOptions } from './websocket.js';
