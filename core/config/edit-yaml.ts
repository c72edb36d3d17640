/** A setting in the lines of a YAML file of an old installation. Whether the result is right is for edit.ts to see. */
import { load, YAML11_SCHEMA } from 'js-yaml';
import type { SettingValue } from './edit.js';

export function editYaml(lines: readonly string[], path: readonly string[], value: SettingValue): string[] {
  let [from, to, indent] = [0, lines.length, ''];
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const parent = blockOf(lines, from, to, key, indent);
    if (parent === undefined) return insert(lines, to, indent, path.slice(depth), value);
    [from, to] = [parent.line + 1, parent.end];
    indent = indentIn(lines, from, to) ?? `${indent}  `;
  }
  const [key = ''] = path.slice(-1);
  const at = blockOf(lines, from, to, key, indent);
  if (at === undefined) return insert(lines, to, indent, [key], value);
  const comment = /\s+#[^"']*$/.exec(lines[at.line] ?? '')?.[0] ?? '';
  const written = value === undefined ? [] : [`${indent}${key}: ${literal(value)}${comment}`];
  return [...lines.slice(0, at.line), ...written, ...lines.slice(at.end)];
}

/** The keys of the path below each other, each two places further in. */
function insert(lines: readonly string[], at: number, indent: string, path: readonly string[], value: SettingValue) {
  if (value === undefined) return [...lines];
  const added = path.map((key, depth) => `${indent}${'  '.repeat(depth)}${key}:`);
  added.push(`${added.pop()} ${literal(value)}`);
  return [...lines.slice(0, at), ...added, ...lines.slice(at)];
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

function indentIn(lines: readonly string[], from: number, to: number): string | undefined {
  const first = lines.slice(from, to).find((it) => it.trim() !== '' && !it.trimStart().startsWith('#'));
  return first === undefined ? undefined : /^\s*/.exec(first)?.[0];
}

/** JSON is YAML; a word that needs no quotes gets none. */
function literal(value: Exclude<SettingValue, undefined>): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = /^[A-Za-z$/][\w$/{}().-]*$/.test(value) && load(value, { schema: YAML11_SCHEMA }) === value;
  return isPlain ? value : JSON.stringify(value);
}
