/** `ksocket service …`: the seed's chapter 2.4. */
export { restart, start, status, stop } from './control.js';
export { install } from './install.js';
export { serviceManagerRuns } from './machine.js';
export { uninstall } from './uninstall.js';
