/** Who runs from a slot: a version that is in use may not be replaced under its process, which still has parts of it to load. */
import { open, readdir, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { programIn } from '../core/update/index.js';

/** Process ids, or that there are some, where Windows does not tell which; undefined where the system tells nothing (no /proc). */
export async function occupantsOf(slot: string): Promise<readonly number[] | 'some' | undefined> {
  if (process.platform === 'win32') return (await isLocked(programIn(slot).node)) ? 'some' : [];
  if (process.platform !== 'linux') return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Of a process that ended meanwhile, or of another user, there is nothing to read.
      const program = await readlink(join('/proc', pid, 'exe')).catch(() => '');
      return program.startsWith(slot + sep) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** Those that are in the way of whoever asks, in words; undefined when there are none, or none are known. */
export async function othersIn(slots: readonly string[]): Promise<string | undefined> {
  const all = await Promise.all(slots.map(occupantsOf));
  if (all.includes('some')) return 'a process';
  const pids = all
    .flatMap((it) => (typeof it === 'object' ? it : []))
    .filter((pid) => pid !== process.pid && pid !== process.ppid);
  return pids.length === 0 ? undefined : `process ${pids.join(', ')}`;
}

/** Windows opens no program for writing while it runs. */
async function isLocked(program: string): Promise<boolean> {
  try {
    await (await open(program, 'r+')).close();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
