/**
 * The log: winston behind the seed's settings (level names and line format of Python's logging). Lines are written
 * synchronously to a descriptor of our own, because winston's file transport loses lines and throws when it is ended in a
 * burst; what a call has logged is in the file when the call returns.
 */
import { closeSync, fstatSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import winston from 'winston';
import type { Clock, Logger } from '../contract/index.js';
import type { Redactor } from './redaction.js';

const levels = { CRITICAL: 0, ERROR: 1, WARNING: 2, INFO: 3, DEBUG: 4 } as const;
export type LogLevel = keyof typeof levels;

export interface LogOptions {
  /** Path of the file, or `-` for the standard output. */
  readonly file: string;
  readonly level: LogLevel;
  /** `%(asctime)s %(levelname)s %(name)s:%(funcName)s:%(lineno)d %(message)s` */
  readonly format: string;
  /** Logger names, separated by commas; `ksocket` covers `ksocket.link`. Empty writes all. */
  readonly filters: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

export interface Log {
  logger(name: string): Logger;
  close(): void;
}

export function openLog(options: LogOptions): Log {
  const sink = options.file === '-' ? new StandardOutput() : new LogFile(options.file, options.clock);
  const transport = new winston.transports.Stream({ stream: sink, eol: '\n' });
  const logger = winston.createLogger({
    levels,
    level: options.level,
    format: winston.format.printf((info) => formatLine(options.format, info, options.redactor)),
    transports: [transport],
  });
  const filters = options.filters
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wanted = (name: string) => filters.length === 0 || filters.some((f) => name === f || name.startsWith(`${f}.`));
  let open = true;
  const at = (level: LogLevel, name: string) => {
    // Decided once a logger: a level that is not written costs one comparison.
    const silent = levels[level] > levels[options.level] || !wanted(name);
    const log = (message: string, fields?: Record<string, unknown>): void => {
      if (silent || !open) return;
      logger.log({ level, message, name, fields, at: options.clock.now(), ...callerOf(log) });
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
      logger.close();
      sink.destroy();
    },
  };
}

/** `%(name)s` and `%(lineno)d` of Python's logging, as far as they mean something here. */
function formatLine(format: string, info: winston.Logform.TransformableInfo, redactor: Redactor): string {
  const fields = info.fields as Record<string, unknown> | undefined;
  const values: Record<string, string> = {
    asctime: stamp(info.at as number),
    levelname: info.level,
    name: String(info.name),
    funcName: String(info.funcName),
    lineno: String(info.lineno),
    process: String(process.pid),
    // Redacted first: an escaped control character would hide a secret from the redactor.
    message: escapeLines(
      redactor.redact(`${String(info.message)}${fields === undefined ? '' : ` ${printFields(fields)}`}`),
    ),
  };
  return format.replace(/%\((\w+)\)[sd]/g, (whole, key: string) => values[key] ?? whole);
}

/** One record is one line, whatever a target put into a message. */
const escapeLines = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) =>
    c === '\n' ? '\\n' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

const printFields = (fields: Record<string, unknown>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' ? value : value instanceof Error ? value.message : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4 })}`,
    )
    .join(' ');

/** Local time as Python's logging prints it: 2020-04-03 12:00:00,123. */
function stamp(now: number): string {
  const d = new Date(now);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())},${String(d.getMilliseconds()).padStart(3, '0')}`;
}

/** Function and line that logged; only for lines that are written. */
function callerOf(below: (message: string) => void): { funcName: string; lineno: string } {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  const frame = /\n\s+at (?:async )?(?:(.*?) \()?.*?:(\d+):\d+\)?$/.exec(holder.stack ?? '');
  return { funcName: frame?.[1] ?? '-', lineno: frame?.[2] ?? '0' };
}

class StandardOutput extends Writable {
  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    process.stdout.write(chunk);
    done();
  }
}

/** How often we look whether somebody moved the file away (seed 4.3: `mv ksocket.log ksocket.prev.log`). */
const reopenCheckMs = 1000;

/** Appends to a file; a full disk loses lines, counts them, and says so when there is room again. */
class LogFile extends Writable {
  #fd: number;
  #inode: number;
  #checkedAt: number;
  #lost = 0;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
  ) {
    super({ decodeStrings: false });
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'a', 0o640);
    this.#inode = fstatSync(this.#fd).ino;
    this.#checkedAt = clock.monotonic();
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#reopenWhenMoved();
    try {
      if (this.#lost > 0) {
        writeSync(this.#fd, `${this.#lost} log lines lost: the file could not be written\n`);
        this.#lost = 0;
      }
      writeSync(this.#fd, chunk as string);
    } catch {
      this.#lost += 1;
    }
    done();
  }

  override _destroy(_error: Error | null, done: () => void): void {
    closeSync(this.#fd);
    done();
  }

  #reopenWhenMoved(): void {
    const now = this.clock.monotonic();
    if (now - this.#checkedAt < reopenCheckMs) return;
    this.#checkedAt = now;
    try {
      if (statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode) return;
      const fd = openSync(this.path, 'a', 0o640);
      closeSync(this.#fd);
      this.#fd = fd;
      this.#inode = fstatSync(fd).ino;
    } catch {
      // The old descriptor still works; better a log in a moved file than none.
    }
  }
}
