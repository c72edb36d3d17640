/** A record as a line of text, in the format of the settings; what each field means is Python's (logging, LogRecord attributes). */
import { inspect } from 'node:util';
import { isMainThread, threadId } from 'node:worker_threads';
import type { FieldPiece, LogField, LogPiece } from '../../../config-schema/index.js';
import type { Redactor } from '../redaction.js';
import { fileNameOf, type LogRecord, levelNumbers, shortened } from './record.js';

/** @param since wall-clock milliseconds from which `relativeCreated` counts */
export function textLine(pieces: readonly LogPiece[], record: LogRecord, redactor: Redactor, since: number): string {
  return pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : filled(piece, fieldValue(piece.field, record, redactor, since)),
    )
    .join('');
}

function fieldValue(field: LogField, record: LogRecord, redactor: Redactor, since: number): string | number {
  switch (field) {
    case 'asctime':
      return stamp(record.at);
    case 'created':
      return record.at / 1000;
    case 'msecs':
      return record.at % 1000;
    case 'relativeCreated':
      return record.at - since;
    case 'levelname':
      return record.level;
    case 'levelno':
      return levelNumbers[record.level];
    case 'filename':
      return fileNameOf(record);
    case 'module':
      return fileNameOf(record).replace(/\.[^.]*$/, '');
    case 'process':
      return process.pid;
    case 'processName':
      return 'MainProcess';
    case 'thread':
      return threadId;
    case 'threadName':
      return isMainThread ? 'MainThread' : `Thread-${threadId}`;
    case 'message':
      // Redacted first: an escaped control character, or a cut, would hide a secret from the redactor.
      return escapeControls(shortened(redactor.redact(messageOf(record))));
    default:
      return record[field];
  }
}

function filled(piece: FieldPiece, value: string | number): string {
  const [sign, body] = piece.as === 's' ? ['', cut(String(value), piece.precision)] : digits(piece, Number(value));
  // By code points, as Python counts.
  const missing = piece.width - [...body].length - sign.length;
  if (missing <= 0) return sign + body;
  if (piece.left) return sign + body + ' '.repeat(missing);
  return piece.zero && piece.as !== 's' ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body;
}

const cut = (text: string, most: number | undefined): string =>
  most === undefined || text.length <= most ? text : [...text].slice(0, most).join('');

function digits({ as, precision, sign }: FieldPiece, value: number): [sign: string, body: string] {
  const size = Math.abs(value);
  // toFixed knows at most 100 decimals.
  const body =
    as === 'f' ? size.toFixed(Math.min(100, precision ?? 6)) : String(Math.trunc(size)).padStart(precision ?? 0, '0');
  return [value < 0 ? '-' : sign, body];
}

function messageOf({ message, fields = {} }: LogRecord): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${printed(value)}`);
  return message + shown.join('');
}

function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4 });
}

/** One record is one line, whatever a target put into it: C0, DEL, C1, and the separators that editors break lines at. */
const escapeControls = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) =>
    c === '\n' ? '\\n' : c > '\u00ff' ? `\\u${hex(c, 4)}` : `\\x${hex(c, 2)}`,
  );

const hex = (c: string, length: number): string => c.charCodeAt(0).toString(16).padStart(length, '0');

/** Local time as Python's logging prints it: 2020-04-03 12:00:00,123. */
function stamp(now: number): string {
  const d = new Date(now);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())},${String(d.getMilliseconds()).padStart(3, '0')}`;
}
