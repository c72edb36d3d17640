/** A value of unknown shape, such as a section of an in-house plug-in: objects as facts, lists of objects as tables. */
import { type Content, html } from './html.js';
import { facts, table } from './parts.js';

/** Deeper than any section, and shallow enough that a hostile one cannot exhaust the stack. */
const maxDepth = 8;
const maxRows = 500;

export function anyValue(value: unknown, depth = 0): Content {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) return list(value.slice(0, maxRows), depth);
  return facts(Object.entries(value).map(([name, item]) => [name, anyValue(item, depth + 1)] as const));
}

function list(items: readonly unknown[], depth: number): Content {
  if (items.length === 0) return undefined;
  if (items.every((item) => typeof item !== 'object' || item === null)) return items.map(String).join(', ');
  const rows = items.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 30);
  return html`${table(
    heads,
    rows.map((row) => heads.map((head) => anyValue(row[head], depth + 1))),
  )}`;
}
