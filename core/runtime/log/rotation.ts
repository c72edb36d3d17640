/**
 * Older files of a log, `ksocket.log.1` being the newest of them. Several processes write the same log (the service, and commands
 * beside it): one of them moves the files while it holds a lock, the others notice that the name means another file now.
 *
 * A kill at any point loses nothing: every step is one rename, only the oldest file is ever replaced, and a gap that a crash has
 * left is filled before anything older moves.
 */
import { closeSync, existsSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs';

/** The lock is held for some renames; one this old was left by a crash. */
const staleMs = 10_000;

/**
 * @param path of the log, which is the file `inode` when nobody has moved it meanwhile
 * @returns whether the name is free for a new file now; false when somebody else is at it
 * @throws when the folder does not take it
 */
export function rotate(path: string, inode: bigint, backups: number): boolean {
  const lock = `${path}.lock`;
  if (!take(lock)) return false;
  try {
    if (statSync(path, { bigint: true, throwIfNoEntry: false })?.ino !== inode) return true;
    let free = 1;
    while (free < backups && existsSync(`${path}.${free}`)) free += 1;
    for (let n = free; n > 1; n--) renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    renameSync(path, `${path}.1`);
    return true;
  } finally {
    unlinkSync(lock);
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  // The next record tries again; whoever removes it does not take it in the same step, which two could do at once.
  if (since !== undefined && Date.now() - since > staleMs) unlinkSync(lock);
  return false;
}
