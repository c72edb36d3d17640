/**
 * One setting written into a YAML file of an old installation, line by line like editToml: comments, order and layout stay, and
 * nothing is written unless the result says exactly the old settings with the one change.
 */
import { isDeepStrictEqual } from 'node:util';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { failure } from '../contract/index.js';
import { changed, type Table, type TomlValue } from './edit.js';

/**
 * @param name `connect.host`
 * @throws Failure E_INPUT when the layout is one that this cannot change safely
 */
export function editYaml(text: string, name: string, value: TomlValue): string {
  const path = name.split('.');
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.trim() === '' ? [] : text.replace(/(\r?\n)+$/, '').split(/\r?\n/);
  const result = `${edited(lines, path, value).join(newline)}${newline}`;
  const wanted = changed(parsed(text) ?? {}, path, value);
  if (!isDeepStrictEqual(parsed(result), JSON.parse(JSON.stringify(wanted)))) {
    throw failure('E_INPUT', `${name} stands in a form that cannot be changed safely`, {
      remedy: 'change the file by hand, or write it as TOML; it was left as it is',
    });
  }
  return result;
}

function parsed(text: string): Table | undefined {
  try {
    return JSON.parse(JSON.stringify(load(text, { schema: YAML11_SCHEMA }) ?? {})) as Table;
  } catch {
    return undefined;
  }
}

function edited(lines: readonly string[], path: readonly string[], value: TomlValue): string[] {
  const [key = ''] = path.slice(-1);
  const parent = path.length > 1 ? blockOf(lines, 0, lines.length, path[0] ?? '', '') : undefined;
  if (path.length > 1 && parent === undefined)
    return value === undefined ? [...lines] : [...lines, `${path[0]}:`, `  ${key}: ${literal(value)}`];
  const [from, to] = parent === undefined ? [0, lines.length] : [parent.line + 1, parent.end];
  const indent = parent === undefined ? '' : indentIn(lines, from, to);
  const at = blockOf(lines, from, to, key, indent);
  if (at !== undefined) {
    const comment = /\s+#[^"']*$/.exec(lines[at.line] ?? '')?.[0] ?? '';
    const written = value === undefined ? [] : [`${indent}${key}: ${literal(value)}${comment}`];
    return [...lines.slice(0, at.line), ...written, ...lines.slice(at.end)];
  }
  if (value === undefined) return [...lines];
  return [...lines.slice(0, to), `${indent}${key}: ${literal(value)}`, ...lines.slice(to)];
}

/** A key at this indentation: its line, and the line behind all that belongs to it. */
function blockOf(lines: readonly string[], from: number, to: number, key: string, indent: string) {
  const line = lines.findIndex((it, i) => i >= from && i < to && it.startsWith(`${indent}${key}:`));
  if (line < 0) return undefined;
  let end = line + 1;
  for (let i = end; i < to; i++) {
    const text = lines[i] ?? '';
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    if (!text.startsWith(`${indent} `) && !text.startsWith(`${indent}-`)) break;
    end = i + 1;
  }
  return { line, end };
}

function indentIn(lines: readonly string[], from: number, to: number): string {
  const first = lines.slice(from, to).find((it) => it.trim() !== '' && !it.trimStart().startsWith('#'));
  return /^\s*/.exec(first ?? '')?.[0] || '  ';
}

/** JSON is YAML; a word that needs no quotes gets none. */
function literal(value: Exclude<TomlValue, undefined>): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = /^[A-Za-z$/][\w$/{}().-]*$/.test(value) && load(value, { schema: YAML11_SCHEMA }) === value;
  return isPlain ? value : JSON.stringify(value);
}
