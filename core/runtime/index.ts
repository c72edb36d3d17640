/** Clock, chance, files, log and redaction: what the rest of the core receives as arguments. */
export * from './files.js';
export * from './log.js';
export { Redactor } from './redaction.js';
export { systemClock, systemRandom } from './system.js';
