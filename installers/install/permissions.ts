/**
 * Who may do what below the home: the service reads its settings and writes its data, everybody else sees the program only. Files that
 * the operator has closed further stay closed.
 */

import { execFile } from 'node:child_process';
import { chmod, lchown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storing } from '../../core/runtime/index.js';
import type { Layout } from '../layout.js';
import { closeWindowsFolders } from './windows-acl.js';

const run = promisify(execFile);

/** The default user of the service. */
export const serviceUser = 'ksocket';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** As the system knows it, a directory service included; undefined while there is no such user: `ksocket service install` makes it. */
async function userNamed(name: string): Promise<Owner | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (what) => Number((await run('id', [what, '--', name])).stdout)),
    );
    return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** @returns who owns the data now */
export async function setPermissions(layout: Layout, user: string | undefined): Promise<string> {
  return storing(`set permissions below ${layout.home}`, async () => {
    for (const folder of [layout.etc, layout.lib, layout.log]) await mkdir(folder, { recursive: true });
    if (process.platform === 'win32') return closeWindowsFolders(layout, user);
    const name = user ?? serviceUser;
    const isRoot = process.getuid?.() === 0;
    const service = isRoot ? await userNamed(name) : undefined;
    const own = async (path: string, uid: number) => {
      if (isRoot) await lchown(path, uid, service?.gid ?? 0);
    };
    await openToAll(layout);
    await close(layout.etc, (path) => own(path, 0));
    for (const folder of [layout.lib, layout.log]) {
      await own(folder, service?.uid ?? 0);
      await chmod(folder, 0o750);
    }
    return service === undefined ? (isRoot ? 'root' : 'this user') : name;
  });
}

/** Whatever umask made the folders: the way to the program is open, and writable for its owner only. */
async function openToAll({ home, launcher, runtime, place }: Layout): Promise<void> {
  const way = [home, join(launcher, '..'), join(home, 'etc'), join(home, 'var'), join(home, 'var', 'lib')];
  const more = [join(home, 'var', 'log'), join(home, 'usr'), join(home, 'usr', 'lib'), runtime, place.slots];
  for (const folder of [...way, ...more]) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
}

/** Links are left alone: what they lead to is not ours. */
async function close(path: string, own: (path: string) => Promise<void>): Promise<void> {
  const { mode } = await lstat(path);
  const isFolder = (mode & 0o170000) === 0o040000;
  if (!isFolder && (mode & 0o170000) !== 0o100000) return;
  await own(path);
  await chmod(path, isFolder ? 0o750 : mode & 0o640);
  if (isFolder) for (const name of await readdir(path)) await close(join(path, name), own);
}
