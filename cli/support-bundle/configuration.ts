/** What the operator has configured, as the agent understands it: settings without secrets, credential files without what is in them, the policy. */
import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields, settingsOf } from '../../config-schema/index.js';
import { type FrozenSettings, type Home, readSettings } from '../../core/config/index.js';
import { type Collector, type Plugin, Secret } from '../../core/contract/index.js';
import { keyringOf, readBook } from '../../core/credentials/index.js';
import { readPolicy } from '../../core/policy/index.js';
import { Redactor, readIfThere } from '../../core/runtime/index.js';

export const readAllSettings = (home: Home, plugins: readonly Plugin[]) =>
  readSettings(home, { optional: true, schema: settingsOf(plugins) });

/** `name=value`, as `ksocket config` lists them, with their file. */
export function settingsText(plugins: readonly Plugin[], settings: FrozenSettings, file: string | undefined): string {
  const valueIn = (name: string) =>
    name.split('.').reduce<unknown>((it, key) => (it as Record<string, unknown> | undefined)?.[key], settings);
  const lines = settingFields(settingsOf(plugins)).map(({ name }) => {
    const value = valueIn(name);
    return `${name}=${value instanceof Secret ? '[redacted]' : (value ?? '')}`;
  });
  const mode = file === undefined ? 'no settings file: the defaults' : `${file} ${modeOf(file)}`;
  return `# ${mode}\n${lines.join('\n')}\n`;
}

/** Each file with its mode and ranges, in the order of the search; what is wrong with those that are refused. */
export async function credentialFiles(plugins: readonly Plugin[], directory: string, home: Home) {
  const found: Record<string, unknown> = {};
  const isCollector = (plugin: Plugin): plugin is Collector => plugin.kind === 'collector';
  for (const collector of plugins.filter(isCollector)) {
    const { files, broken } = await readBook(directory, collector, new Redactor(), undefined, keyringOf(home));
    found[collector.name] = {
      files: files.map(({ name, includes, excludes }) => ({
        file: name,
        mode: modeOf(join(directory, name)),
        includes: includes.ranges.map(({ text }) => text),
        excludes: excludes.ranges.map(({ text }) => text),
      })),
      refused: broken.map(({ name, reason }) => ({ file: name, mode: modeOf(join(directory, name)), reason })),
    };
  }
  return found;
}

/** As it is written, since what it says is what is asked about; and whether it can be used. */
export async function policyText(home: Home): Promise<string> {
  const text = await readIfThere(join(home.etc, 'policy.toml'));
  await readPolicy(home);
  return text ?? '# no policy.toml: everything is permitted\n';
}

function modeOf(path: string): string {
  let it: Stats | undefined;
  try {
    it = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '?';
  }
  return it === undefined ? '?' : `${(it.mode & 0o7777).toString(8)} ${it.uid}:${it.gid}`;
}
