/** One record of the log, before it is a line. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Python's names and numbers of the levels (logging, Logging Levels). */
export const levelNumbers = { CRITICAL: 50, ERROR: 40, WARNING: 30, INFO: 20, DEBUG: 10 } as const;
export type LogLevel = keyof typeof levelNumbers;

export interface LogRecord extends Place {
  readonly level: LogLevel;
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Where it was logged. */
export interface Place {
  readonly funcName: string;
  readonly lineno: number;
  readonly pathname: string;
}

export const nowhere: Place = { funcName: '-', lineno: 0, pathname: '-' };

/** Function, file and line that called `below`; costs microseconds, so it is asked only for lines that are written. */
export function placeAbove(below: (message: string) => void): Place {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  const [, funcName = '-', file = '-', line = '0'] =
    /\n\s+at (?:async )?(?:(.*?) \()?(.*?):(\d+):\d+\)?$/.exec(holder.stack ?? '') ?? [];
  return { funcName, lineno: Number(line), pathname: file.startsWith('file:') ? fileURLToPath(file) : file };
}

export const fileNameOf = ({ pathname }: Place): string => basename(pathname);

/** A peer's greeting may be a megabyte; nobody reads more of it in a log, and one record must not fill a file. */
const mostCharacters = 16_384;

export const shortened = (text: string): string =>
  text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
