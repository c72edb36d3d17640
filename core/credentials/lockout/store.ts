/** The ledger's folder in var/lib/ksocket. */
import { link, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder, readOwnIfThere, storing, syncPath, writeAtomic } from '../../runtime/index.js';
import type { LedgerStore } from './ledger.js';

/** Two makers in this process do not share a draft. */
let drafts = 0;

export function ledgerFolder(folder: string): LedgerStore {
  const absent = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  };
  return {
    read: (name) => readOwnIfThere(join(folder, name)),
    write: (name, text) => storing(`write down a login in ${folder}`, () => writeAtomic(join(folder, name), text)),
    make: (name, text) =>
      storing(`write down a login in ${folder}`, async () => {
        const draft = `${name}.${process.pid}-${++drafts}.made`;
        await writeAtomic(join(folder, draft), text);
        await inFolder(folder, async (within) => {
          try {
            // Whoever comes first has made it, and whole: a link never replaces anything.
            await link(join(within, draft), join(within, name)).catch((error: NodeJS.ErrnoException) => {
              if (error.code !== 'EEXIST') throw error;
            });
          } finally {
            await rm(join(within, draft), { force: true });
          }
          await syncPath(within);
        });
      }),
    async remove(name) {
      await inFolder(folder, (within) => rm(join(within, name), { force: true })).catch(absent);
    },
    async names() {
      const names = await readdir(folder).catch(absent);
      // A draft of somebody who is writing has a dot in its name.
      return (names ?? []).filter((name) => !name.includes('.'));
    },
  };
}
