/** A setting in the lines of a TOML file, replaced where it stands or put where one would look for it. Whether that is right is for edit.ts to see. */
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'smol-toml';
import type { SettingValue } from './edit.js';

/** More lines than any value of ours has. */
const longestValue = 1000;

export function editToml(lines: readonly string[], path: readonly string[], value: SettingValue): string[] {
  const at = find(lines, path);
  return at === undefined ? insert(lines, path, value) : replace(lines, at, value);
}

/** Where a setting stands: its first line, how many lines it takes, and what stands before and after its value. */
interface Place {
  readonly path: readonly string[];
  /** How many of its keys the header above it says; the others stand in its own line. */
  readonly above: number;
  readonly line: number;
  readonly count: number;
  readonly before: string;
  readonly after: string;
}

const find = (lines: readonly string[], path: readonly string[]): Place | undefined =>
  [...places(lines)].find((it) => isDeepStrictEqual(it.path, path));

function* places(lines: readonly string[]): Generator<Place> {
  let table: readonly string[] = [];
  for (let line = 0; line < lines.length; line++) {
    const text = lines[line] ?? '';
    const header = headerOf(text);
    if (header !== undefined) {
      table = header;
      continue;
    }
    const key = /^(\s*([A-Za-z0-9_."' \t-]+?)\s*=\s*)(.*)$/.exec(text);
    if (key === null || text.trimStart().startsWith('#')) continue;
    const [, before = '', keyText = '', rest = ''] = key;
    const extent = extentOf(lines, line, rest);
    if (extent === undefined) continue;
    yield { path: [...table, ...keysOf(keyText)], above: table.length, line, before, ...extent };
    line += extent.count - 1;
  }
}

/** How far a value goes: as many lines as TOML itself needs to take it, and the comment behind it. */
function extentOf(lines: readonly string[], line: number, rest: string): { count: number; after: string } | undefined {
  for (let count = 1; count <= longestValue && line + count <= lines.length; count++) {
    const all = [rest, ...lines.slice(line + 1, line + count)].join('\n');
    const value = readValue(all);
    if (value === undefined) continue;
    const last = all.slice(all.lastIndexOf('\n') + 1);
    const head = all.slice(0, all.length - last.length);
    for (let hash = last.indexOf('#'); hash >= 0; hash = last.indexOf('#', hash + 1)) {
      if (!isDeepStrictEqual(readValue(head + last.slice(0, hash)), value)) continue;
      const space = /\s*$/.exec(last.slice(0, hash))?.[0] ?? '';
      return { count, after: space + last.slice(hash) };
    }
    return { count, after: '' };
  }
  return undefined;
}

function readValue(text: string): unknown {
  try {
    return parse(`x = ${text}`);
  } catch {
    return undefined;
  }
}

function replace(lines: readonly string[], { line, count, before, after }: Place, value: SettingValue): string[] {
  const written = value === undefined ? [] : [`${before}${literal(value)}${after}`];
  return [...lines.slice(0, line), ...written, ...lines.slice(line + count)];
}

/**
 * In its table: below the commented line that shows it, else behind the last line of the table. Without such a table beside those who
 * spell it out in their own line (`connect.port = 443`), else in a table of its own at the end.
 */
function insert(lines: readonly string[], path: readonly string[], value: SettingValue): string[] {
  if (value === undefined) return [...lines];
  const [key = ''] = path.slice(-1);
  const table = path.slice(0, -1);
  const setting = `${key} = ${literal(value)}`;
  const start = table.length === 0 ? 0 : lines.findIndex((it) => isDeepStrictEqual(headerOf(it), table)) + 1;
  if (table.length > 0 && start === 0) {
    const beside = [...places(lines)].findLast((it) => isDeepStrictEqual(it.path.slice(0, -1), table));
    if (beside === undefined) return [...lines, ...(lines.length > 0 ? [''] : []), `[${table.join('.')}]`, setting];
    const behind = beside.line + beside.count;
    return [...lines.slice(0, behind), `${table.slice(beside.above).join('.')}.${setting}`, ...lines.slice(behind)];
  }
  const next = lines.findIndex((it, i) => i >= start && headerOf(it) !== undefined);
  const end = next < 0 ? lines.length : next;
  const shown = lines.findIndex((it, i) => i >= start && i < end && new RegExp(`^\\s*#\\s*${key}\\s*=`).test(it));
  let at = shown >= 0 ? shown + 1 : end;
  if (shown < 0) while (at > start && (lines[at - 1] ?? '').trim() === '') at -= 1;
  return [...lines.slice(0, at), setting, ...lines.slice(at)];
}

/** `[connect]`; tables of arrays hold no settings of ours. */
function headerOf(line: string): string[] | undefined {
  const text = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1];
  if (text !== undefined) return keysOf(text);
  return /^\s*\[\[/.test(line) ? ['[[', line] : undefined;
}

const keysOf = (text: string): string[] => text.split('.').map((part) => part.trim().replace(/^(["'])(.*)\1$/, '$2'));

/** As the library writes it, on one line. */
function literal(value: Exclude<SettingValue, undefined>): string {
  return stringify({ x: value }).replace(/^x = /, '').trim();
}
