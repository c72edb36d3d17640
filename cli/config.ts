/** `ksocket config [NAME [VALUE]]`: the settings as a list, one of them, or one written into the settings file. */
import { realpath, stat } from 'node:fs/promises';
import { type SettingField, settingFields, settingsSchema, unknownName } from '../config-schema/index.js';
import {
  editDocument,
  findHome,
  parseDocument,
  readSettings,
  type SettingValue,
  validate,
} from '../core/config/index.js';
import { failure, Secret } from '../core/contract/index.js';
import { readText, writeAtomic } from '../core/runtime/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say } from './language.js';

interface ConfigOptions extends CommonOptions {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly unset: boolean;
}

/** Seconds that the manual prints without a fraction all the same. */
const printedAsCount: ReadonlySet<string> = new Set(['connect.resumePlateau']);

export async function config(context: Context, argv: ConfigOptions): Promise<number> {
  const home = findHome(context.env);
  const { settings, file = home.settingsFile } = await readSettings(home, { optional: true });
  if (argv.name === undefined) {
    if (argv.unset) throw new UsageError('--unset needs the name of a setting');
    context.stdout.write(list(settings, argv.json));
    return 0;
  }
  const field = fieldOf(argv.name);
  if (argv.value !== undefined || argv.unset) {
    await write(file, field, argv.value === undefined ? undefined : read(field, argv.value));
    context.stderr.write(
      `${say(context.language, ['restart ksocket to apply it', '適用するには ksocket を再起動してください'])}\n`,
    );
  } else if (argv.json) context.stdout.write(`${JSON.stringify({ [field.name]: valueAt(field, settings) ?? null })}\n`);
  else context.stdout.write(`${shown(field, settings)}\n`);
  return 0;
}

function list(settings: object, json = false): string {
  const fields = [...settingFields()].sort((a, b) => Number(a.ours) - Number(b.ours));
  if (!json) return fields.map((it) => `${it.name}=${shown(it, settings)}\n`).join('');
  const values = Object.fromEntries(fields.map((it) => [it.name, valueAt(it, settings) ?? null]));
  return `${JSON.stringify(values, null, 2)}\n`;
}

const names = (): string[] => settingFields().map((it) => it.name);

/** @throws Failure E_INPUT with the name that may be meant */
function fieldOf(name: string): SettingField {
  const field = settingFields().find((it) => it.name === name);
  if (field === undefined) throw failure('E_INPUT', unknownName(name, names()));
  return field;
}

/** What the file would say is checked as a whole before it is written. @throws Failure E_INPUT */
async function write(file: string, field: SettingField, value: SettingValue): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const mode = await stat(place).then(
    (it) => it.mode & 0o777,
    () => undefined,
  );
  const text = editDocument(file, mode === undefined ? '' : await readText(place), field.name, value);
  validate(settingsSchema, parseDocument(text, file), file, names());
  await writeAtomic(place, text, mode ?? 0o600);
}

/** The word of the command line as the setting has it. @throws Failure E_INPUT with what it may be */
function read(field: SettingField, text: string): SettingValue {
  const value = field.number && text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
  const list = text === '' ? [] : text.split(',');
  for (const it of [value, list]) if (field.schema.safeParse(it).success) return it;
  throw failure('E_INPUT', `${field.name}: ${field.schema.safeParse(value).error?.issues[0]?.message ?? 'not valid'}`);
}

function valueAt(field: SettingField, settings: object): unknown {
  const value = field.name
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], settings);
  // The owner asks for it, as in the manual; logs and bundles never see it.
  return value instanceof Secret ? value.reveal() : value;
}

function shown(field: SettingField, settings: object): string {
  const value = valueAt(field, settings);
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  const isFloat = field.float && !printedAsCount.has(field.name);
  return isFloat && Number.isInteger(value) ? `${value}.0` : String(value);
}
