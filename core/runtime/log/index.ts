/** The log. */
export { type Log, type LogOptions, logSettings, openLog } from './log.js';
export type { LogLevel } from './record.js';
