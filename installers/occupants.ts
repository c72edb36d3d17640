/** Who runs from a slot: a version that is in use may not be replaced under its process, which still has parts of it to load. */
import { readdir, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Process ids; undefined where the system does not tell (no /proc). */
export async function occupantsOf(folder: string): Promise<number[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Of a process that ended meanwhile, or of another user, there is nothing to read.
      const program = await readlink(join('/proc', pid, 'exe')).catch(() => '');
      return program.startsWith(folder + sep) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
