/** What is to be installed where: each answer judged by the schema that judges the settings file. */
import { isAbsolute, normalize, parse } from 'node:path';
import { UsageError } from '../../cli/context.js';
import { type SettingField, settingFields } from '../../config-schema/index.js';
import { failure, Secret } from '../../core/contract/index.js';

/** The settings that ksinstall asks for, and the option of each. */
export const asked = {
  host: 'connect.host',
  port: 'connect.port',
  protocol: 'connect.protocol',
  token: 'connect.token',
  mode: 'operations.networksScanMode',
} as const;

export type Asked = keyof typeof asked;

/** A value as the settings file has it. */
export type Value = string | number | boolean | readonly string[];

export interface Wishes {
  readonly directory: string;
  /** By name: `connect.host`. What is not here keeps what the file says, or its default. */
  readonly settings: ReadonlyMap<string, Value>;
  readonly service: boolean;
  readonly user: string | undefined;
}

const fieldOf = (name: string): SettingField => {
  const field = settingFields().find((it) => it.name === name);
  if (field === undefined) throw new Error(`no setting ${name}`);
  return field;
};

/** What is wrong with this value of a setting, or undefined. */
export function wrongWith(name: string, value: Value): string | undefined {
  return fieldOf(name).schema.safeParse(value).error?.issues[0]?.message;
}

/** The word of an option or an answer as the setting has it. */
export function readWord(name: string, word: string): Value {
  const text = word.trim();
  return fieldOf(name).number && text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** @throws UsageError naming the option, never the value of a token */
export function judged(which: Asked, word: string): Value {
  const value = readWord(asked[which], word);
  const wrong = wrongWith(asked[which], value);
  if (wrong === undefined) return value;
  const shown = fieldOf(asked[which]).secret ? '' : ` ${JSON.stringify(word)}`;
  throw new UsageError(`--${which}${shown}: ${wrong}`);
}

export const defaultOf = (which: Asked): Value | undefined => {
  const value = fieldOf(asked[which]).defaultValue;
  return value instanceof Secret ? undefined : (value as Value | undefined);
};

/** Where an installation may be. What is wrong with this place, or undefined. */
export function wrongDirectory(directory: string): string | undefined {
  if (/[\u0000-\u001f\u007f"]/.test(directory)) return 'may have no control characters or quotation marks';
  if (!isAbsolute(directory)) return 'must be a whole path, from the root on';
  const path = normalize(directory);
  if (path === parse(path).root) return 'may not be the root of the file system';
  return undefined;
}

/** @throws Failure E_INPUT */
export function checkedDirectory(directory: string): string {
  const wrong = wrongDirectory(directory);
  if (wrong !== undefined) throw failure('E_INPUT', `--directory ${JSON.stringify(directory)} ${wrong}`);
  return normalize(directory).replace(/(?<=.)[/\\]+$/, '');
}
