/** Whether two readings of a section say the same, without keeping both. */
import { createHash } from 'node:crypto';

/** SHA-256 over the data as JSON with its names in order, the first 32 hexadecimal digits; lists keep their order, which may mean something. */
export function contentHash(data: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(data, inOrder) ?? '')
    .digest('hex')
    .slice(0, 32);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
