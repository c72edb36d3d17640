/**
 * What the service's account may read and write below KSOCKET_HOME: it reads etc/ksocket, writes var, and can change nothing else.
 * The folders of etc are setgid: what root adds there later is the group's without a thought.
 */
import { chmod, lchown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import type { Account } from './account.js';
import { mustRun, type RunProgram } from './programs.js';

const writable = (home: string): string[] => [join(home, 'var', 'lib', 'ksocket'), join(home, 'var', 'log', 'ksocket')];

export async function handOver(run: RunProgram, home: string, account: Account): Promise<void> {
  const etc = join(home, 'etc', 'ksocket');
  await mkdir(etc, { recursive: true });
  await share(etc, account.gid, 0o2750);
  for (const folder of writable(home)) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o750);
    await refuseSecondNames(folder);
    // chown walks by descriptors: whoever may write there cannot lead it elsewhere with a link.
    await mustRun(run, 'chown', ['-hR', `${account.uid}:${account.gid}`, folder]);
  }
}

/**
 * A file with a second name may be any file of this disk, which chown would give away. Most kernels let nobody make such a name for
 * what is not theirs (fs.protected_hardlinks, proc_sys_fs(5)); older ones do, and nothing of ours has one.
 * @throws Failure E_INPUT
 */
async function refuseSecondNames(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const it = await lstat(path).catch(() => undefined);
    if (it?.isFile() && it.nlink > 1)
      throw failure('E_INPUT', `${path} is a file that has another name, too, and is not given to the service`, {
        remedy: `find out which (find / -xdev -inum ${it.ino}), remove this name, then run it again`,
      });
  }
}

/** All of it is root's again, so that nothing belongs to a number which the next account may get. */
export async function takeBack(run: RunProgram, home: string): Promise<void> {
  await share(join(home, 'etc', 'ksocket'), 0, 0o750);
  for (const folder of writable(home)) {
    const there = await lstat(folder).catch(() => undefined);
    if (there?.isDirectory()) await mustRun(run, 'chown', ['-hR', '0:0', folder]);
  }
}

/**
 * Only what is root's: a file of somebody else may be there by mistake, and is told instead (unreadable.ts). Links and files with a
 * second name lead out of the folder. Only root writes in it, so nothing changes on the way.
 */
async function share(path: string, gid: number, mode: number): Promise<void> {
  const it = await lstat(path).catch(() => undefined);
  if (it === undefined || it.uid !== 0) return;
  if (it.isDirectory()) {
    await lchown(path, 0, gid);
    await chmod(path, mode);
    for (const name of await readdir(path)) await share(join(path, name), gid, mode);
  } else if (it.isFile() && it.nlink === 1) {
    await lchown(path, 0, gid);
    await chmod(path, (it.mode & 0o700) | 0o040);
  }
}
