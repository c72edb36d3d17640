/** A setting in the lines of a YAML file of an old installation. Whether the result is right is for edit.ts to see. */
import { load, YAML11_SCHEMA } from 'js-yaml';
import type { SettingValue } from './edit.js';

export function editYaml(lines: readonly string[], path: readonly string[], value: SettingValue): string[] {
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
function literal(value: Exclude<SettingValue, undefined>): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = /^[A-Za-z$/][\w$/{}().-]*$/.test(value) && load(value, { schema: YAML11_SCHEMA }) === value;
  return isPlain ? value : JSON.stringify(value);
}
