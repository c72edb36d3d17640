/**
 * Texts in a file that somebody wrote by hand, replaced where they stand, in whatever layout: a table, a list of tables, inline. Every
 * place that spells the text is tried, and the one is taken after which the file says exactly the old data with the one change.
 */
import { isDeepStrictEqual } from 'node:util';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { parse, stringify } from 'smol-toml';
import { failure } from '../contract/index.js';
import { isYaml, parseDocument } from './document.js';

export interface StringChange {
  /** `['account', 'clientKeys', 0, 'passphrase']` */
  readonly path: readonly (string | number)[];
  readonly from: string;
  readonly to: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A file that spells one text more often is none that somebody wrote by hand. */
const mostPlaces = 64;

/** @throws Failure E_INPUT when the file is broken, or a text stands in a form that this cannot change safely */
export function replaceStrings(path: string, text: string, changes: readonly StringChange[]): string {
  return changes.reduce((it, change) => replaceString(path, it, change), text);
}

function replaceString(file: string, text: string, { path, from, to }: StringChange): string {
  const [places, literal] = isYaml(file) ? [yamlPlaces, JSON.stringify] : [tomlPlaces, tomlLiteral];
  const expected = plain(parseDocument(text, file));
  put(expected, path, to);
  let left = mostPlaces;
  for (const { start, end } of places(text, from)) {
    if (left === 0) break;
    left -= 1;
    const after = text.slice(0, start) + literal(to) + text.slice(end);
    if (says(after, file, expected)) return after;
  }
  throw failure('E_INPUT', `${path.join('.')} stands in ${file} in a form that cannot be changed safely`, {
    remedy: 'write it on one line, in quotes; the file was left as it is',
  });
}

// The parsers' objects have no prototype, ours have; dates are texts on both sides.
const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

function says(text: string, file: string, expected: unknown): boolean {
  try {
    return isDeepStrictEqual(plain(parseDocument(text, file)), expected);
  } catch {
    return false;
  }
}

function put(data: unknown, path: StringChange['path'], value: string): void {
  let at = data as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  at[path.at(-1)!] = value;
}

const tomlLiteral = (value: string): string => stringify({ x: value }).replace(/^x = /, '').trim();

/** Strings of TOML that say the text. */
function* tomlPlaces(text: string, value: string): Generator<Span> {
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (char === '"' || char === "'") {
      const end = tomlStringEnd(text, at, char);
      if (meaning(() => parse(`x = ${text.slice(at, end)}`).x) === value) yield { start: at, end };
      at = end;
    } else at += 1;
  }
}

function tomlStringEnd(text: string, start: number, quote: string): number {
  const isLong = text.startsWith(quote.repeat(3), start);
  const close = isLong ? quote.repeat(3) : quote;
  for (let at = start + close.length; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1;
    else if (text.startsWith(close, at)) {
      let end = at + close.length;
      // One or two quotes may stand before the closing three.
      while (isLong && text[end] === quote && end < at + 5) end += 1;
      return end;
    }
  }
  return text.length;
}

/** Scalars of YAML that say the text: in quotes, or plain. */
function* yamlPlaces(text: string, value: string): Generator<Span> {
  for (let at = 0; at < text.length; at += 1) {
    const before = at === 0 ? '\n' : text[at - 1]!;
    if (!/[\s[{,:-]/.test(before)) continue;
    const char = text[at];
    if (char === '"' || char === "'") {
      const end = yamlStringEnd(text, at, char);
      if (meaning(() => load(text.slice(at, end), { schema: YAML11_SCHEMA })) === value) yield { start: at, end };
    } else if (value !== '' && text.startsWith(value, at)) {
      const end = at + value.length;
      if (end === text.length || /[\s,\]}]/.test(text[end]!)) yield { start: at, end };
    }
  }
}

function yamlStringEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

function meaning(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
