/** The link to the space. */
export { exitCodes } from './resume-policy.js';
export { requireToken, Uplink, type UplinkEnd } from './uplink.js';
