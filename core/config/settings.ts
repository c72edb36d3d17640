/** The settings file: found, read, checked, frozen. */
import { lstatSync } from 'node:fs';
import { type Settings, type SettingsSchema, settingFields, settingsSchema } from '../../config-schema/index.js';
import { type Failure, failure } from '../contract/index.js';
import { readText } from '../runtime/index.js';
import { isYaml, parseDocument, validate } from './document.js';
import type { Home } from './home.js';

export type FrozenSettings = Readonly<Settings>;

export interface ReadOptions {
  /** Commands that need no space (`ksocket scan`) run on the defaults when there is no file. */
  readonly optional: boolean;
  /** With the tables of plug-ins (`settingsOf`); without it those are left to whoever sets the plug-ins up. */
  readonly schema?: SettingsSchema;
}

export interface ReadSettings {
  readonly settings: FrozenSettings;
  /** The file that was read, or undefined when there is none and the defaults hold. */
  readonly file: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * @throws Failure E_INPUT: one sentence with file, path and remedy.
 */
export async function readSettings(
  home: Home,
  { optional, schema = settingsSchema }: ReadOptions,
): Promise<ReadSettings> {
  const file = settingsFileOf(home);
  if (file === undefined) {
    if (optional) return { settings: freeze(validate(schema, {}, 'the defaults')), file, warnings: [] };
    throw noSettings(home);
  }
  const warnings = isYaml(file) ? [`${file} is YAML, which is deprecated; write it as TOML`] : [];
  return { settings: settingsIn(parseDocument(await readText(file), file), file, schema), file, warnings };
}

/** What stands in a settings file, checked. @throws Failure E_INPUT */
export function settingsIn(data: unknown, file: string, schema: SettingsSchema = settingsSchema): FrozenSettings {
  const known = settingFields(schema).map((field) => field.name);
  return freeze(validate(schema, data, file, known));
}

export const noSettings = (home: Home): Failure =>
  failure('E_INPUT', `settings file ${home.settingsFile} does not exist`, {
    remedy: 'write it (config-schema/generated/ksocket.sample.toml shows how), or name another one in KSOCKET_CONFIG',
  });

/** The file that is read, if there is one. A TOML file comes first; the YAML files of old installations stand beside where it would be. */
export function settingsFileOf(home: Home): string | undefined {
  const beside = home.settingsFile.replace(/\.toml$/, '');
  const candidates = home.settingsFile.endsWith('.toml')
    ? [home.settingsFile, `${beside}.yaml`, `${beside}.yml`]
    : [home.settingsFile];
  return candidates.find(isThere);
}

/** Only a name that certainly does not exist is absent; what may not be looked at is read, and fails there with its reason. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function freeze<T>(value: T): T {
  // Secrets are frozen by having no way to change; only plain objects are walked.
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}

/** connect.endpoint with protocol, host and port filled in (`%(host)s`), as text: a URL would leave a usual port out. */
export function endpointText({ connect }: FrozenSettings): string {
  const values: Record<string, string> = {
    protocol: connect.protocol,
    host: connect.host?.includes(':') ? `[${connect.host}]` : (connect.host ?? ''),
    port: String(connect.port),
  };
  return connect.endpoint.replace(/%\((protocol|host|port)\)[sd]/g, (_, key: string) => values[key] ?? '');
}

/** The URL of the space. @throws Failure E_INPUT */
export function endpointOf(settings: FrozenSettings): URL {
  const { connect } = settings;
  const text = endpointText(settings);
  if (connect.host === undefined && /%\(host\)/.test(connect.endpoint)) {
    throw failure('E_INPUT', 'connect.host is not set', { remedy: 'name the host of your space in ksocket.toml' });
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    throw failure('E_INPUT', `connect.endpoint gives ${text}, which is no ws:// or wss:// URL`, {
      remedy: 'remove connect.endpoint to use its default',
    });
  }
  return url;
}
