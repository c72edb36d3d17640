/** The log. */
export { type Log, type LogOptions, logSettings, openLog } from './log.js';
export { noLog } from './no-log.js';
export type { LogLevel } from './record.js';
