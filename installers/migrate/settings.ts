/** The settings of an old installation under their names of today (6.4.1 of the manual), each judged by itself. */
import { posix, win32 } from 'node:path';
import { removed, renamed, type SettingField, settingFields, unknownName } from '../../config-schema/index.js';
import type { Value } from '../install/wishes.js';
import type { Change } from './change.js';

export interface TakenSettings {
  readonly settings: ReadonlyMap<string, Value>;
  readonly changes: readonly Change[];
  /** The old folder of credential files, as written, when it was another than the default. */
  readonly credentials: string | undefined;
}

const credentialsSetting = 'directories.credentials';

/**
 * @param old name → value, as the old file has it
 * @param home of the old installation, which paths may name in full
 */
export function takeSettings(old: ReadonlyMap<string, Value>, home: string): TakenSettings {
  const fields = new Map(settingFields().map((field) => [field.name, field]));
  const settings = new Map<string, Value>();
  const changes: Change[] = [];
  let credentials: string | undefined;
  for (const [name, value] of old) {
    if (name.startsWith('plugin.')) {
      // Of an installation of ours: the plug-in itself judges its table.
      settings.set(name, value);
      changes.push({ kind: 'taken', what: name, text: ['taken', '引き継ぎ'] });
      continue;
    }
    const now = nameOfToday(name, fields);
    const field = fields.get(now ?? '');
    if (now === undefined || field === undefined) {
      changes.push(leftOut(name, fields));
      continue;
    }
    if (now === credentialsSetting && typeof value === 'string') credentials = value;
    const moved = withoutOldHome(asTyped(field, value), home);
    const wrong = field.schema.safeParse(moved).error?.issues[0]?.message;
    if (wrong !== undefined) {
      changes.push({
        kind: 'left out',
        what: name,
        text: [`its value ${wrong}; the default holds`, `値が不正です (${wrong})。デフォルト値を使います`],
      });
      continue;
    }
    settings.set(now, moved);
    changes.push(told(name, now, field, value, moved));
  }
  return { settings, changes, credentials };
}

function nameOfToday(name: string, fields: ReadonlyMap<string, unknown>): string | undefined {
  if (fields.has(name)) return name;
  if (Object.hasOwn(renamed, name)) return renamed[name];
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return fields.has(camel) ? camel : undefined;
}

function leftOut(name: string, fields: ReadonlyMap<string, unknown>): Change {
  const gone = Object.hasOwn(removed, name) ? removed[name] : undefined;
  const why = gone ?? unknownName(name, fields.keys()).replace(/^[^:]*: /, '');
  return gone === undefined
    ? { kind: 'left out', what: name, text: [why, 'このバージョンにはない設定です'] }
    : { kind: 'left out', what: name, text: [`this setting is gone; ${why}`, `廃止された設定です (${why})`] };
}

/** YAML of version 1 has numbers in quotes here and there. */
function asTyped(field: SettingField, value: Value): Value {
  if (!field.number || typeof value !== 'string' || value.trim() === '') return value;
  return Number.isNaN(Number(value)) ? value : Number(value);
}

/** A path into the old installation means the same place in the new one. */
function withoutOldHome(value: Value, home: string): Value {
  if (typeof value !== 'string' || !value.startsWith(home)) return value;
  const rest = value.slice(home.length);
  return rest.startsWith(posix.sep) || rest.startsWith(win32.sep) ? `$KSOCKET_HOME${rest}` : value;
}

function told(old: string, now: string, field: SettingField, before: Value, after: Value): Change {
  const shown = field.secret ? '' : ` = ${JSON.stringify(after)}`;
  if (old !== now) return { kind: 'changed', what: old, text: [`now ${now}${shown}`, `${now} に変更${shown}`] };
  if (before === after)
    return {
      kind: 'taken',
      what: old,
      text: [field.secret ? 'taken' : JSON.stringify(after), field.secret ? '引き継ぎ' : JSON.stringify(after)],
    };
  return { kind: 'changed', what: old, text: [`now${shown}`, `変更${shown}`] };
}
