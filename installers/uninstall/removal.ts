/**
 * What an uninstallation takes away: what ksinstall and the service have put there, name by name, then the folders that this has left
 * empty. What somebody else has put there stays, and is named.
 */
import { lstat, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, parse, sep } from 'node:path';
import { failure } from '../../core/contract/index.js';
import { storing } from '../../core/runtime/index.js';
import { type Layout, layoutOf } from '../layout.js';

/** @throws Failure E_INPUT for anything that is not certainly an installation of ours */
export async function installationAt(directory: string): Promise<Layout> {
  const home = await realpath(directory).catch((error: unknown) => {
    throw failure('E_INPUT', `${directory} does not exist`, { cause: error });
  });
  const layout = layoutOf(home);
  const slots = await lstat(layout.place.slots).catch(() => undefined);
  if (home === parse(home).root || home === homedir() || !slots?.isDirectory()) {
    throw failure('E_INPUT', `${home} is no installation of Ksocket; nothing was removed`, {
      remedy: 'name its directory with --directory',
    });
  }
  return layout;
}

/** In the order in which they go: what makes it an installation goes last, so that whatever interrupts it, it can be run again. */
function ownNames(layout: Layout, keepConfig: boolean): string[] {
  const service = ['multi-user.target.wants', 'ksocket.service.d', 'ksocket.service'];
  return [
    ...(keepConfig ? [] : [layout.etc]),
    layout.log,
    layout.lib,
    ...service.map((name) => join(layout.units, 'system', name)),
    join(layout.home, 'etc', 'init', 'ksocket.conf'),
    layout.launcher,
    layout.uninstaller,
    layout.runtime,
  ];
}

/** @returns what is left below the home, sorted */
export async function removeInstallation(layout: Layout, keepConfig: boolean): Promise<string[]> {
  for (const path of ownNames(layout, keepConfig)) {
    // Files of the home itself are removed, never what a link leads to.
    await storing(`remove ${path}`, () => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  }
  await removeEmptyFolders(layout.home);
  await removeEmptyParent(layout.home);
  return leftIn(layout);
}

async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
  await rmdir(folder).catch(stillUsed);
}

/** The folder of the maker, when the installation was all that was in it (6.1 of the manual). */
async function removeEmptyParent(home: string): Promise<void> {
  if (basename(dirname(home)).toLowerCase() === 'fixpoint') await rmdir(dirname(home)).catch(stillUsed);
}

function stillUsed(error: NodeJS.ErrnoException): void {
  // EPERM and EBUSY: a mount point, or somebody's working directory on Windows.
  if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(error.code ?? '')) throw error;
}

async function leftIn({ home, uninstaller }: Layout): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true }).catch(() => []);
  return (
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => (entry.parentPath ?? entry.path) + sep + entry.name)
      // On Windows ksuninstall.cmd removes the copy of the runtime that we run from, when we have ended.
      .filter((path) => path !== process.execPath && path !== uninstaller)
      .sort()
  );
}
