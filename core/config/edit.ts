/**
 * One setting written into a file that somebody wrote by hand: comments, order and layout stay. The text is edited line by line, and
 * what comes out is parsed again: unless it says exactly the old settings with the one change, nothing is written.
 */
import { isDeepStrictEqual } from 'node:util';
import { failure } from '../contract/index.js';
import { isYaml, parseDocument } from './document.js';
import { editToml } from './edit-toml.js';
import { editYaml } from './edit-yaml.js';

/** A value of a setting; undefined takes the setting out, so that its default holds. */
export type SettingValue = string | number | boolean | readonly string[] | undefined;

type Table = Record<string, unknown>;

/**
 * @param path of the file, which says how it is written
 * @param name `connect.host`
 * @throws Failure E_INPUT when the file is broken, or its layout is one that this cannot change safely
 */
export function editDocument(path: string, text: string, name: string, value: SettingValue): string {
  const keys = name.split('.');
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.trim() === '' ? [] : text.replace(/(\r?\n)+$/, '').split(/\r?\n/);
  const before = parseDocument(text, path) as Table;
  const after = `${(isYaml(path) ? editYaml : editToml)(lines, keys, value).join(newline)}${newline}`;
  if (!says(after, path, changed(before, keys, value))) {
    throw failure('E_INPUT', `${name} stands in ${path} in a form that cannot be changed safely`, {
      remedy: 'change the file by hand; it was left as it is',
    });
  }
  return after;
}

function says(text: string, path: string, data: Table): boolean {
  // The parsers' objects have no prototype, ours have.
  const plain = (it: unknown): unknown => JSON.parse(JSON.stringify(it));
  try {
    return isDeepStrictEqual(plain(parseDocument(text, path)), plain(data));
  } catch {
    return false;
  }
}

function changed(data: Table, [key = '', ...rest]: readonly string[], value: SettingValue): Table {
  const copy = { ...data };
  if (rest.length > 0) copy[key] = changed((data[key] ?? {}) as Table, rest, value);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  // Removing what was not there adds no empty table.
  if (rest.length > 0 && !(key in data) && Object.keys(copy[key] as Table).length === 0) delete copy[key];
  return copy;
}
