/** One installer at a time: two of them would write into the same slot. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../core/contract/index.js';
import { readIfThere } from '../core/runtime/index.js';
import type { Layout } from './layout.js';
import { storing } from './storage-failure.js';

/** @returns gives the place free again. @throws Failure E_INPUT while another installer runs there */
export async function holdInstallation(layout: Layout): Promise<() => Promise<void>> {
  const path = join(layout.runtime, 'installing');
  return storing(`write ${layout.runtime}`, async () => {
    await mkdir(dirname(path), { recursive: true });
    const holder = Number(await readIfThere(path, 64));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
      throw failure('E_INPUT', `another installer (process ${holder}) is at work in ${layout.home}`, {
        remedy: `wait for it; if there is none, remove ${path}`,
      });
    }
    // What a killed installer has left.
    await rm(path, { force: true });
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(`${process.pid}\n`);
    } finally {
      await file.close();
    }
    return () => rm(path, { force: true });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
