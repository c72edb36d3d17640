/**
 * The log: winston behind the seed's settings (level names and line format of Python's logging). Lines go to a sink of our own,
 * because winston's file transport loses lines and throws when it is ended in a burst.
 */
import type { Writable } from 'node:stream';
import { parseLogFormat, type Settings } from '../../../config-schema/index.js';
import { type Clock, failure, type Logger } from '../../contract/index.js';
import type { Redactor } from '../redaction.js';
import { jsonLine } from './json-line.js';
import { LogFile } from './log-file.js';
import { type LogLevel, type LogRecord, levelNumbers, nowhere, placeAbove } from './record.js';
import { StandardStream } from './standard-stream.js';
import { textLine } from './text-line.js';
import { linesInto } from './winston.js';

/** As in the settings of the same names without `log`, with the path of the file expanded. */
export interface LogOptions {
  /** Path of the file, or `-` for the standard output. */
  readonly file: string;
  readonly level: LogLevel;
  readonly format: string;
  readonly filters: string;
  readonly style: Settings['logstyle'];
  readonly maxBytes: number;
  readonly backups: number;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** A file that cannot be written stops nothing: the log goes to the standard error instead. */
  readonly orStandardError?: boolean | undefined;
}

export interface Log {
  logger(name: string): Logger;
  close(): void;
}

/** The settings of the log, for `openLog`. */
export const logSettings = (settings: Settings) => ({
  level: settings.loglevel,
  format: settings.logformat,
  filters: settings.logfilters,
  style: settings.logstyle,
  maxBytes: settings.logmaxbytes,
  backups: settings.logbackups,
});

/** @throws Failure E_STORAGE when the file cannot be written, E_INPUT when the format is none */
export function openLog(options: LogOptions): Log {
  const line = printer(options);
  const sink = sinkOf(options, line);
  const lines = linesInto(sink, options.level, line);
  const wanted = wantedBy(options.filters);
  let open = true;
  const at = (level: LogLevel, name: string) => {
    // Decided once a logger: a level that is not written costs one comparison.
    const silent = levelNumbers[level] < levelNumbers[options.level] || !wanted(name);
    const log = (message: string, fields?: Record<string, unknown>): void => {
      if (silent || !open) return;
      lines.write({ level, message, name, fields, at: options.clock.now(), ...placeAbove(log) });
    };
    return log;
  };
  return {
    logger: (name) => ({
      debug: at('DEBUG', name),
      info: at('INFO', name),
      warn: at('WARNING', name),
      error: at('ERROR', name),
    }),
    close() {
      open = false;
      lines.close();
      sink.destroy();
    },
  };
}

/** Names of loggers, separated by commas; `ksocket` covers `ksocket.link`. None covers all. */
function wantedBy(filters: string): (name: string) => boolean {
  const names = filters
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return (name) => names.length === 0 || names.some((it) => name === it || name.startsWith(`${it}.`));
}

function printer({ format, style, clock, redactor }: LogOptions): (record: LogRecord) => string {
  if (style === 'json') return (record) => jsonLine({ ...record, level: record.level }, redactor);
  const pieces = parseLogFormat(format);
  if (typeof pieces === 'string') throw failure('E_INPUT', `logformat ${pieces}`);
  const since = clock.now();
  return (record) => textLine(pieces, record, redactor, since);
}

function sinkOf(options: LogOptions, line: (record: LogRecord) => string): Writable {
  const { file, clock, maxBytes, backups } = options;
  if (file === '-') return new StandardStream(process.stdout);
  const record = (message: string): LogRecord => ({
    ...nowhere,
    ...{ level: 'WARNING', name: 'ksocket.log', message, fields: undefined, at: clock.now() },
  });
  const note = (text: string) => line(record(text));
  try {
    return new LogFile({ path: file, maxBytes, backups, clock, note });
  } catch (error) {
    if (!options.orStandardError) throw error;
    const sink = new StandardStream(process.stderr);
    sink.write(`${note(`${(error as Error).message}; it goes on here`)}\n`);
    return sink;
  }
}
