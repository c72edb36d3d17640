/** Clock, chance, files, log and redaction: what the rest of the core receives as arguments. */
export * from './files.js';
export * from './log/index.js';
export { canNotify } from './notify-socket.js';
export { Redactor } from './redaction.js';
export { storageFailure, storing } from './storage-failure.js';
export { becomeOwnerOf, inFolder } from './strange-folder.js';
export { Fed, type Supervisor, supervisorOf } from './supervisor.js';
export { systemClock, systemRandom } from './system.js';
