/** What stands in the target directory already: nothing, an installation of ours, kept settings, or something that is not ours to touch. */
import { readdir } from 'node:fs/promises';
import { findHome, parseDocument, readSettings } from '../../core/config/index.js';
import { failure } from '../../core/contract/index.js';
import { readText, storing } from '../../core/runtime/index.js';
import type { SlotName } from '../../core/update/index.js';
import type { Layout } from '../layout.js';
import { activeSlot } from '../slots.js';
import type { Value } from './wishes.js';

export interface Earlier {
  /** Undefined when no complete installation is there. */
  readonly active: SlotName | undefined;
  readonly version: string | undefined;
  /** The file that the settings are in, which may be YAML; undefined without one. */
  readonly settingsFile: string | undefined;
  /** What that file says, by name: `connect.host`. */
  readonly settings: ReadonlyMap<string, Value>;
}

/** What an uninstallation may leave: kept settings, and what the operator added. */
const leftovers: ReadonlySet<string> = new Set(['etc', 'var', 'usr', 'plugins']);

/** @throws Failure E_INPUT when the directory holds something else, or settings that cannot be read */
export async function readEarlier(layout: Layout): Promise<Earlier> {
  await refuseForeign(layout.home);
  const active = await activeSlot(layout);
  const home = findHome({ KSOCKET_HOME: layout.home });
  const { file } = await readSettings(home, { optional: true });
  return {
    active,
    // A broken installation is what somebody installs over.
    version: active === undefined ? undefined : layout.place.versionIn(active),
    settingsFile: file,
    settings: file === undefined ? new Map() : leavesOf(parseDocument(await readText(file), file)),
  };
}

async function refuseForeign(home: string): Promise<void> {
  const names = await entriesOf(home);
  if (names.length === 0) return;
  // Also when it is empty: an installation was ended at its very beginning.
  if ((await entriesOf(`${home}/usr/lib`)).includes('ksocket')) return;
  if (names.includes('etc') && (await entriesOf(`${home}/etc/ksocket`)).length > 0) {
    if (names.every((name) => leftovers.has(name))) return;
    throw failure('E_INPUT', `${home} holds a Ksocket that is not of this kind`, {
      remedy: `stop and unregister it, move it (mv ${home} ${home}.old) and take it over: ksinstall --from ${home}.old`,
    });
  }
  throw failure('E_INPUT', `${home} is not empty and holds no Ksocket`, {
    remedy: 'name a new or empty directory with --directory',
  });
}

async function entriesOf(folder: string): Promise<string[]> {
  return storing(`read ${folder}`, () =>
    readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error.code === 'ENOTDIR' ? failure('E_INPUT', `${folder} is no directory`) : error;
    }),
  );
}

/** Nested tables as a flat list: `connect.host` → value. */
export function leavesOf(data: unknown, prefix = ''): Map<string, Value> {
  const leaves = new Map<string, Value>();
  for (const [key, value] of Object.entries((data ?? {}) as Record<string, unknown>)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, leaf] of leavesOf(value, name)) leaves.set(inner, leaf);
    } else if (value !== null && value !== undefined) leaves.set(name, value as Value);
  }
  return leaves;
}
