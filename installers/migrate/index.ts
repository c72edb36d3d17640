/**
 * Settings and credential files of version 1, or of the vendor's version 2, taken over into an installation of this one (6.4 of the
 * manual). First everything is read and judged, then it is written; the old installation is never changed.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isYaml, parseDocument } from '../../core/config/index.js';
import { failure } from '../../core/contract/index.js';
import { readText, storing, writeAtomic } from '../../core/runtime/index.js';
import { leavesOf } from '../install/earlier.js';
import type { Value } from '../install/wishes.js';
import { type Layout, layoutOf } from '../layout.js';
import type { Change } from './change.js';
import { type Copy, FileGathering, type Judge } from './files.js';
import { takeSettings } from './settings.js';
import { findSource, isInside, type Source } from './source.js';

export interface Migration {
  readonly source: Source;
  readonly settings: ReadonlyMap<string, Value>;
  readonly copies: readonly Copy[];
  readonly changes: readonly Change[];
}

/** Reads only. @throws Failure E_INPUT when `from` is no installation, or the very place that is installed to */
export async function planMigration(from: string, home: string, judge: Judge): Promise<Migration> {
  const source = await findSource(resolve(from));
  if (isInside(source.etc, resolve(home)) || isInside(resolve(home), source.home)) {
    throw failure('E_INPUT', `--from ${from} and the new installation are the same place`, {
      remedy: `move the old one first (mv ${home} ${home}.old), then name that`,
    });
  }
  const { settingsFile } = source;
  const old =
    settingsFile === undefined ? new Map() : leavesOf(parseDocument(await readText(settingsFile), settingsFile));
  const taken = takeSettings(old, source.home);
  const files = new FileGathering(source, layoutOf(home).etc, judge);
  const settings = new Map(taken.settings);
  const folder = credentialFolder(taken.credentials, source);
  if (isInside(folder, source.home) || isInside(folder, source.etc)) {
    // They come to their default place.
    settings.delete('directories.credentials');
    await files.gather(folder);
  } else await files.gather(join(source.etc, 'credentials'));
  const yaml: Change[] =
    settingsFile === undefined || !isYaml(settingsFile)
      ? []
      : [{ kind: 'changed', what: settingsFile, text: ['YAML, written as TOML', 'YAML から TOML に変換'] }];
  return {
    source,
    settings,
    copies: [...files.copies.values()],
    changes: [...yaml, ...taken.changes, ...files.changes],
  };
}

function credentialFolder(written: string | undefined, source: Source): string {
  if (written === undefined) return join(source.etc, 'credentials');
  const path = written.replace(/\$(?:KSOCKET_HOME\b|\{KSOCKET_HOME\})/g, () => source.home);
  // A backup of etc/ksocket alone has no home to count from.
  if (path.startsWith(join(source.home, 'etc', 'ksocket')) && !source.etc.startsWith(join(source.home, 'etc')))
    return join(source.etc, 'credentials');
  return isAbsolute(path) ? path : join(source.etc, path);
}

/** Files that are there already stay as they are. @returns what was found to be there */
export async function writeCopies({ etc }: Layout, copies: readonly Copy[]): Promise<Change[]> {
  const kept: Change[] = [];
  for (const { to, content } of copies) {
    const path = join(etc, to);
    const there = await readFile(path).catch(() => undefined);
    if (there?.equals(content)) continue;
    if (there !== undefined) {
      kept.push({
        kind: 'left out',
        what: to,
        text: ['one of this name is there already and stays', '同名のファイルが既にあるため維持します'],
      });
      continue;
    }
    await storing(`write ${path}`, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      await writeAtomic(path, content, 0o640);
    });
  }
  return kept;
}
