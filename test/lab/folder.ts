/** The folder of a lab, named after the process that owns it, so that a later build can tell a leftover from a neighbour. */

import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'ksocket-lab-';

/** statfs(2): OVERLAYFS_SUPER_MAGIC. An overlay cannot be the upper layer of another, as in a container. */
const overlayMagic = 0x794c7630;

async function place(): Promise<string> {
  return (await statfs(tmpdir())).type === overlayMagic ? '/dev/shm' : tmpdir();
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM tells of a living process of somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes folders of labs whose owner is dead: the kernel ended all else of them, but a SIGKILL to the lab itself leaves files. */
export async function removeLeftovers(): Promise<void> {
  const base = await place();
  for (const name of await readdir(base)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !alive(Number(pid))) await rm(join(base, name), { recursive: true, force: true });
  }
}

export async function makeFolder(): Promise<string> {
  return mkdtemp(join(await place(), `${prefix}${process.pid}-`));
}
