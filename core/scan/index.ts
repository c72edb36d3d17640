/** The scan: five steps, one operation. */
export { enter } from './entrance.js';
export { maxStartAddresses, modeOf, type ScanOperationParts, scanOperation } from './operation.js';
export { countAddresses } from './scope.js';
