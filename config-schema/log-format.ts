/**
 * The notation of `logformat`: Python's `%(levelname)-8s` (logging, LogRecord attributes; printf-style String Formatting), read once
 * into pieces. It stands here because a format that cannot be filled in is a mistake in the settings, told before anything runs.
 */
import { nearest } from './nearest.js';

/** What a record has, under the names of Python's LogRecord, and whether it is a number. */
export const logFields = {
  asctime: 'text',
  created: 'number',
  filename: 'text',
  funcName: 'text',
  levelname: 'text',
  levelno: 'number',
  lineno: 'number',
  message: 'text',
  module: 'text',
  msecs: 'number',
  name: 'text',
  pathname: 'text',
  process: 'number',
  processName: 'text',
  relativeCreated: 'number',
  thread: 'number',
  threadName: 'text',
} as const;

export type LogField = keyof typeof logFields;

export interface FieldPiece {
  readonly field: LogField;
  readonly left: boolean;
  readonly zero: boolean;
  /** Python's `+` and space: what stands before a number that is not negative. */
  readonly sign: '' | '+' | ' ';
  readonly width: number;
  /** Most characters of a text; decimals of `f`; least digits of `d`. */
  readonly precision: number | undefined;
  readonly as: 's' | 'd' | 'f';
}

export type LogPiece = string | FieldPiece;

/** A line of a log is no table of a thousand columns: more is a slip of the finger, and would fill the disk. */
const widest = 1000;

const placeholder = /%(?:%|\((\w*)\)([-#0+ ]*)(\d*)(?:\.(\d*))?([a-zA-Z]?))/y;

/** @returns the pieces, or the sentence that says what is wrong */
export function parseLogFormat(format: string): readonly LogPiece[] | string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(format))
    return 'has a line break or control character; a record is one line';
  const pieces: LogPiece[] = [];
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf('%', at);
    if (next !== at) {
      pieces.push(format.slice(at, next < 0 ? undefined : next));
      if (next < 0) break;
    }
    placeholder.lastIndex = next;
    const match = placeholder.exec(format);
    if (match === null) return `has a % at position ${next + 1} that begins no field; write %% for a percent sign`;
    const piece = match[0] === '%%' ? '%' : fieldOf(match);
    if (typeof piece === 'string' && piece !== '%') return piece;
    pieces.push(piece);
    at = placeholder.lastIndex;
  }
  if (!pieces.some((it) => typeof it !== 'string')) return 'has no field; write at least %(message)s';
  return pieces;
}

function fieldOf([whole, name = '', flags = '', width = '', precision, conversion = '']: RegExpExecArray):
  | FieldPiece
  | string {
  if (!isField(name)) {
    const meant = nearest(name, Object.keys(logFields));
    return `has ${whole}, a field that no record has${meant === undefined ? `; there are ${Object.keys(logFields).join(', ')}` : `; did you mean %(${meant})s?`}`;
  }
  const as = ({ s: 's', r: 's', a: 's', d: 'd', i: 'd', u: 'd', f: 'f', F: 'f' } as const)[conversion];
  if (as === undefined) return `has ${whole}, which does not end in s, d or f; write %(${name})s`;
  if (as !== 's' && logFields[name] === 'text') return `has ${whole}, but ${name} is text; write %(${name})s`;
  if (Math.max(Number(width), Number(precision ?? 0)) > widest && as !== 's')
    return `has ${whole}, which is wider than ${widest}`;
  if (Number(width) > widest) return `has ${whole}, which is wider than ${widest}`;
  return {
    field: name,
    left: flags.includes('-'),
    zero: flags.includes('0') && !flags.includes('-'),
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    as,
  };
}

const isField = (name: string): name is LogField => Object.hasOwn(logFields, name);
