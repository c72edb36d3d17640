/** `ksocket config [NAME [VALUE]]`: the settings as a list, one of them, or one written into the settings file. */
import { realpath, stat } from 'node:fs/promises';
import { type SettingField, settingFields, settingsSchema, unknownName } from '../config-schema/index.js';
import {
  editToml,
  editYaml,
  findHome,
  isYaml,
  parseDocument,
  readSettings,
  type TomlValue,
  validate,
} from '../core/config/index.js';
import { failure, Secret } from '../core/contract/index.js';
import { readText, writeAtomic } from '../core/runtime/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say } from './language.js';

/** Those that the manual does not have: they stand below its list, which scripts read. */
const ours: ReadonlySet<string> = new Set([
  ...['connect.proxy', 'connect.caFile', 'connect.pins', 'operations.maxAddresses', 'operations.maxPacketRate'],
]);
/** Seconds that the manual prints without a fraction all the same. */
const printedAsCount: ReadonlySet<string> = new Set(['connect.resumePlateau']);

export async function config(
  context: Context,
  argv: CommonOptions & { name?: string | undefined; value?: string | undefined; unset: boolean },
): Promise<number> {
  const home = findHome(context.env);
  const fields = [...settingFields()].sort((a, b) => Number(ours.has(a.name)) - Number(ours.has(b.name)));
  if (argv.name === undefined) {
    if (argv.unset) throw new UsageError('--unset needs the name of a setting');
    const { settings } = await readSettings(home, { optional: true });
    const rows = fields.map((field) => [field.name, shown(field, settings)] as const);
    context.stdout.write(
      argv.json
        ? `${JSON.stringify(Object.fromEntries(fields.map((it) => [it.name, valueAt(it, settings) ?? null])), null, 2)}\n`
        : rows.map(([name, text]) => `${name}=${text}\n`).join(''),
    );
    return 0;
  }
  const field = fields.find((it) => it.name === argv.name);
  if (field === undefined)
    throw failure(
      'E_INPUT',
      unknownName(
        argv.name,
        fields.map((it) => it.name),
      ),
    );
  if (argv.value === undefined && !argv.unset) {
    const { settings } = await readSettings(home, { optional: true });
    const value = valueAt(field, settings) ?? null;
    context.stdout.write(argv.json ? `${JSON.stringify({ [field.name]: value })}\n` : `${shown(field, settings)}\n`);
    return 0;
  }
  const { file = home.settingsFile } = await readSettings(home, { optional: true });
  await write(file, field, argv.unset ? undefined : argv.value);
  context.stderr.write(
    `${say(context.language, ['restart ksocket to apply it', '適用するには ksocket を再起動してください'])}\n`,
  );
  return 0;
}

/** What the file would say is checked as a whole before it is written. @throws Failure E_INPUT */
async function write(file: string, field: SettingField, text: string | undefined): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const mode = await stat(place).then(
    (it) => it.mode & 0o777,
    () => undefined,
  );
  const before = mode === undefined ? '' : await readText(place);
  parseDocument(before, file);
  const edit = isYaml(file) ? editYaml : editToml;
  const after = edit(before, field.name, text === undefined ? undefined : read(field, text));
  validate(
    settingsSchema,
    parseDocument(after, file),
    file,
    settingFields().map((it) => it.name),
  );
  await writeAtomic(place, after, mode ?? 0o600);
}

/** The word of the command line as the setting has it. @throws Failure E_INPUT with what it may be */
function read(field: SettingField, text: string): TomlValue {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const list = text === '' ? [] : text.split(',');
  for (const value of [text, number, list]) if (field.schema.safeParse(value).success) return value;
  const asNumber = field.schema.safeParse(number);
  const asText = field.schema.safeParse(text);
  const isNumber = typeof field.defaultValue === 'number' || field.name === 'operations.maxPacketRate';
  const wrong = (isNumber && !Number.isNaN(number) ? asNumber : asText).error?.issues[0]?.message ?? 'not valid';
  throw failure('E_INPUT', `${field.name}: ${wrong}`);
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
