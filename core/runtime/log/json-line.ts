/** A record as one JSON object on one line, for collectors of logs. Secrets go before the text is made, so that it stays JSON. */
import { Secret } from '../../contract/index.js';
import type { Redactor } from '../redaction.js';
import { type LogRecord, shortened } from './record.js';

/** Deeper than this nobody looks; a circle ends here too. */
const deepest = 6;

export function jsonLine(record: LogRecord, redactor: Redactor): string {
  const { at, level, name, message, fields, funcName, pathname, lineno } = record;
  const line = JSON.stringify({
    time: new Date(at).toISOString(),
    level,
    name,
    message: shortened(redactor.redact(message)),
    ...(fields === undefined ? {} : { fields: plain(fields, redactor, 0) }),
    at: `${funcName} ${pathname}:${lineno}`,
    pid: process.pid,
  });
  // JSON leaves these as they are, terminals and editors do not.
  return line.replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function plain(value: unknown, redactor: Redactor, depth: number): unknown {
  if (value === null || typeof value === 'boolean' || value === undefined) return value;
  if (value instanceof Secret) return value.toString();
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return plain({ message: value.message, ...(code === undefined ? {} : { code }) }, redactor, depth);
  }
  if (typeof value !== 'object') {
    const text = String(value);
    const shown = shortened(redactor.redact(text));
    // A secret may be all digits.
    return typeof value === 'number' && shown === text ? value : shown;
  }
  if (depth >= deepest) return '…';
  if (Array.isArray(value)) return value.map((it) => plain(it, redactor, depth + 1));
  if (ArrayBuffer.isView(value) || value instanceof Date) return plain(String(value), redactor, depth);
  if (value instanceof Map || value instanceof Set) return plain([...value], redactor, depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, it]) => [redactor.redact(key), plain(it, redactor, depth + 1)]),
  );
}
