/** The settings file: the commented sample at first, later only what was answered differently; comments and layout stay. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { settingFields, settingsSchema } from '../../config-schema/index.js';
import { editDocument, parseDocument, validate } from '../../core/config/index.js';
import { readIfThere, readText, storing, writeAtomic } from '../../core/runtime/index.js';
import type { Layout } from '../layout.js';
import type { Payload } from '../payload.js';
import { leavesOf } from './earlier.js';
import type { Value } from './wishes.js';

export const generatedFolder = (payload: Payload): string => join(payload.folder, 'app', 'config-schema', 'generated');

/**
 * @param file that holds the settings now, or undefined for a first installation
 * @returns the file, and whether it was changed
 * @throws Failure E_INPUT when the file cannot be changed safely; it stays as it was
 */
export async function writeSettings(
  layout: Layout,
  payload: Payload,
  file: string | undefined,
  settings: ReadonlyMap<string, Value>,
): Promise<{ file: string; changed: boolean }> {
  const path = file ?? layout.settings;
  const before = file === undefined ? undefined : await readText(file);
  let text = before ?? (await readText(join(generatedFolder(payload), 'ksocket.sample.toml')));
  const says = leavesOf(parseDocument(text, path));
  for (const [name, value] of settings) {
    if (JSON.stringify(says.get(name)) !== JSON.stringify(value)) text = editDocument(path, text, name, value);
  }
  validate(
    settingsSchema,
    parseDocument(text, path),
    path,
    settingFields().map(({ name }) => name),
  );
  if (text === before) return { file: path, changed: false };
  const mode = before === undefined ? 0o640 : (await stat(path)).mode & 0o777;
  await storing(`write ${path}`, () => writeAtomic(path, text, mode));
  return { file: path, changed: true };
}

/** For editors: the sample names it as its neighbour. */
export async function writeSchemas(layout: Layout, payload: Payload): Promise<void> {
  for (const name of ['ksocket.schema.json', 'policy.schema.json']) {
    const text = await readIfThere(join(generatedFolder(payload), name));
    if (text !== undefined)
      await storing(`write ${layout.etc}`, () => writeAtomic(join(layout.etc, name), text, 0o640));
  }
}
