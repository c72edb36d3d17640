/**
 * One process at a time. The lock is the kernel's, taken by SQLite as for a transaction that writes nothing, so that it ends with
 * its holder however that ends: nothing is left behind that somebody would have to judge and remove.
 */
import { constants } from 'node:fs';
import { access, lstat, open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { type Clock, Failure, failure } from '../contract/index.js';
import { inFolder, makeFolder, storageFailure } from '../runtime/index.js';
import { openDatabase } from './database.js';

/** Work under a lock is one small file, read and written. Whoever has it for so long has been stopped. */
const mostWaitMs = 30_000;
const pollMs = 3;
/** Those of this process, by path: they take turns without looking again and again. */
const queues = new Map<string, Promise<unknown>>();

/** @param path of an empty file, made when it is not there; it stays. @throws Failure E_STORAGE, and what the work throws */
export async function withFileLock<T>(path: string, clock: Time, work: () => Promise<T>): Promise<T> {
  const mine = (queues.get(path) ?? Promise.resolve()).then(() => alone(path, clock, work));
  const over = mine.catch(() => undefined);
  queues.set(path, over);
  try {
    return await mine;
  } finally {
    if (queues.get(path) === over) queues.delete(path);
  }
}

type Time = Pick<Clock, 'sleep' | 'monotonic'>;

/** Among processes. */
async function alone<T>(path: string, clock: Time, work: () => Promise<T>): Promise<T> {
  await make(path).catch((error) => {
    throw storageFailure(error, `write ${path}`);
  });
  const database = storable(path, () => openDatabase(path, { fileMustExist: true, timeout: 0 }));
  try {
    const end = clock.monotonic() + mostWaitMs;
    while (!storable(path, () => isTaken(database))) {
      if (clock.monotonic() > end)
        throw failure('E_STORAGE', `another ksocket has ${path} locked and does not go on`, {
          remedy: 'look for a stopped ksocket process and let it go on, or end it',
        });
      await clock.sleep(pollMs);
    }
    return await work();
  } finally {
    // Rolls back; nothing was changed.
    database.close();
  }
}

/** By hand, since it must be its folder's owner's, and only where it is missing: to close a file gives up every lock on it (fcntl(2)). */
async function make(path: string): Promise<void> {
  await makeFolder(dirname(path));
  await inFolder(dirname(path), async (folder) => {
    const within = join(folder, basename(path));
    if (await isFile(within)) return access(within, constants.W_OK);
    try {
      const file = await open(within, 'wx', 0o600);
      try {
        const { uid, gid } = await stat(folder);
        if (process.getuid?.() === 0) await file.chown(uid, gid);
      } finally {
        await file.close();
      }
    } catch (error) {
      // Somebody else has made it just now; a link is no place for it.
      if (!(await isFile(within))) throw error;
    }
  });
}

const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    (it) => it.isFile(),
    () => false,
  );

/** Not while somebody else has it. `exec` makes no statement that waits for the garbage collector. */
function isTaken(database: Database.Database): boolean {
  try {
    database.exec('pragma journal_mode = memory; begin immediate');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

function storable<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const why = (cause as { code?: string }).code ?? String(cause);
    throw failure('E_STORAGE', `lock ${path}: ${why}`, { cause, remedy: `end ksocket and remove ${path}` });
  }
}
