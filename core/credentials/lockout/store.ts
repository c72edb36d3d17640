/** The ledger's folder in var/lib/ksocket. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../contract/index.js';
import { withFileLock } from '../../journal/file-lock.js';
import { inFolder, readOwnIfThere, storing, writeAtomic } from '../../runtime/index.js';
import type { LedgerStore } from './ledger.js';

export function ledgerFolder(folder: string, clock: Clock): LedgerStore {
  const absent = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  };
  return {
    read: (name) => readOwnIfThere(join(folder, name)),
    write: (name, text) => storing(`write down a login in ${folder}`, () => writeAtomic(join(folder, name), text)),
    alone: (work) => withFileLock(join(folder, '.lock'), clock, work),
    async remove(name) {
      await inFolder(folder, (within) => rm(join(within, name), { force: true })).catch(absent);
    },
    async names() {
      const names = await readdir(folder).catch(absent);
      // The lock, and the draft of somebody who is writing, have a dot in their names.
      return (names ?? []).filter((name) => !name.includes('.'));
    },
  };
}
