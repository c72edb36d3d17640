/** `ksocket config [NAME [VALUE]]`: the settings as a list, one of them, or one written into the settings file. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  jsonSchema,
  type SettingField,
  type SettingsSchema,
  settingFields,
  settingsOf,
  unknownName,
} from '../config-schema/index.js';
import {
  editDocument,
  findHome,
  parseDocument,
  readSettings,
  type SettingValue,
  validate,
} from '../core/config/index.js';
import { importPlugins } from '../core/container/plugins.js';
import { failure, Secret } from '../core/contract/index.js';
import { withFileLock } from '../core/journal/file-lock.js';
import { readText, storing, systemClock, writeAtomic } from '../core/runtime/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say } from './language.js';

interface ConfigOptions extends CommonOptions {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly unset: boolean;
  readonly default: boolean;
  readonly schema: boolean;
}

/** Seconds that the manual prints without a fraction all the same. */
const printedAsCount: ReadonlySet<string> = new Set(['connect.resumePlateau']);

export async function config(context: Context, argv: ConfigOptions): Promise<number> {
  complainAboutUsage(argv);
  const schema = settingsOf(await importPlugins());
  const fields = [...settingFields(schema)].sort((a, b) => Number(a.ours) - Number(b.ours));
  if (argv.schema) {
    context.stdout.write(`${JSON.stringify(jsonSchema(schema, 'Settings of Ksocket'), null, 2)}\n`);
    return 0;
  }
  const home = findHome(context.env);
  const asked = argv.name === undefined ? fields : select(argv.name, fields);
  if (argv.value === undefined && !argv.unset) {
    const settings = argv.default ? schema.parse({}) : (await readSettings(home, { optional: true, schema })).settings;
    context.stdout.write(print(asked, settings, argv));
    return 0;
  }
  const [field] = asked;
  if (field === undefined || field.name !== argv.name)
    throw new UsageError(`${argv.name} is a group of settings; name one`);
  const { file = home.settingsFile } = await readSettings(home, { optional: true, schema });
  await write(file, schema, field.name, argv.value === undefined ? undefined : read(field, argv.value));
  context.stderr.write(
    `${say(context.language, ['restart ksocket to apply it', '適用するには ksocket を再起動してください'])}\n`,
  );
  return 0;
}

function complainAboutUsage({ name, value, unset, schema, ...rest }: ConfigOptions): void {
  if (unset && name === undefined) throw new UsageError('--unset needs the name of a setting');
  if (value !== undefined && (unset || rest.default))
    throw new UsageError('--unset and --default take no value; leave out one or the other');
  if (schema && (name !== undefined || rest.default))
    throw new UsageError('--schema describes all settings; leave out the rest');
  if (unset && rest.default) throw new UsageError('--unset already lets the default hold; leave out --default');
}

/** One setting, or all below a table. @throws Failure E_INPUT with the name that may be meant */
function select(name: string, fields: readonly SettingField[]): SettingField[] {
  const found = fields.filter((it) => it.name === name || it.name.startsWith(`${name}.`));
  if (found.length === 0)
    throw failure(
      'E_INPUT',
      unknownName(
        name,
        fields.map((it) => it.name),
      ),
    );
  return found;
}

function print(fields: readonly SettingField[], settings: object, { name, json }: ConfigOptions): string {
  if (json) {
    const values = Object.fromEntries(fields.map((it) => [it.name, valueAt(it, settings) ?? null]));
    return `${JSON.stringify(values, null, 2)}\n`;
  }
  return fields.map((it) => `${it.name === name ? '' : `${it.name}=`}${shown(it, settings)}\n`).join('');
}

/** What the file would say is checked as a whole before it is written; another one of these commands waits. @throws Failure E_INPUT */
async function write(file: string, schema: SettingsSchema, name: string, value: SettingValue): Promise<void> {
  const place = await realpath(file).catch(() => file);
  await withFileLock(join(dirname(place), `.${basename(place)}.lock`), systemClock, async () => {
    const mode = await stat(place).then(
      (it) => it.mode & 0o777,
      () => undefined,
    );
    const text = editDocument(file, mode === undefined ? '' : await readText(place), name, value);
    const known = settingFields(schema).map((it) => it.name);
    validate(schema, parseDocument(text, file), file, known);
    await storing(`write ${place}`, () => writeAtomic(place, text, mode ?? 0o600));
  });
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
