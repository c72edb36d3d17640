/**
 * What is in a journal, in numbers: for support. The agent holds the file locked while it runs, so a copy is looked at, which is
 * removed again; orders and records, which belong to the customer, are counted and not shown.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, failure } from '../contract/index.js';
import { openDatabase } from './database.js';

export interface JournalSummary {
  readonly bytes: number;
  readonly instance: string;
  readonly space: string | null;
  readonly slot: string | null;
  readonly lastEpoch: number;
  readonly maxSeen: number;
  /** How many operations are in which state, with which outcome. */
  readonly operations: readonly {
    readonly operation: string;
    readonly state: string;
    readonly status: string | null;
    readonly count: number;
    readonly oldest: string;
    readonly mostRuns: number;
    readonly records: number;
  }[];
  readonly undeliveredRecords: number;
  readonly archivedSlots: number;
}

/** A copy of more would take minutes and a temporary disk's room. */
const mostBytes = 512 * 1024 * 1024;

/** @throws Failure E_STORAGE when it cannot be read */
export function summarizeJournal(path: string): JournalSummary | undefined {
  if (!existsSync(path)) return undefined;
  const files = ['', '-wal'].map((suffix) => path + suffix).filter((it) => existsSync(it));
  const bytes = files.reduce((sum, it) => sum + statSync(it).size, 0);
  if (bytes > mostBytes) throw failure('E_STORAGE', `${path} has ${bytes} bytes, too many to be looked at`);
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-journal-'));
  try {
    for (const it of files) copyFileSync(it, join(folder, it === path ? 'copy' : 'copy-wal'));
    return { bytes, ...read(join(folder, 'copy')) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    // The agent may have moved pages from one file to the other while they were copied.
    throw failure('E_STORAGE', `read a copy of ${path}`, { cause: error, remedy: 'stop the agent and try again' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(path: string): Omit<JournalSummary, 'bytes'> {
  const db = openDatabase(path);
  // Written by the service and read by root: what is declared in it calls nothing.
  db.pragma('trusted_schema = OFF');
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    const one = <T>(sql: string) => db.prepare(sql).get() as T;
    const { instance, space, slot, epoch, max_seen } = one<{
      instance: string;
      space: string | null;
      slot: string | null;
      epoch: number;
      max_seen: number;
    }>('select * from identity');
    const operations = db
      .prepare(
        `select head ->> 'kind' as operation, state, outcome ->> 'status' as status, count(*) as count,
           strftime('%Y-%m-%dT%H:%M:%SZ', min(accepted_at) / 1000, 'unixepoch') as oldest, max(run) as mostRuns, sum(rec) as records
         from ops group by 1, 2, 3 order by 1, 2, 3`,
      )
      .all() as JournalSummary['operations'];
    const undeliveredRecords = one<{ n: number }>('select count(*) as n from records').n;
    const archivedSlots = one<{ n: number }>('select count(*) as n from archive').n;
    const counts = { undeliveredRecords, archivedSlots };
    return { instance, space, slot, lastEpoch: epoch, maxSeen: max_seen, operations, ...counts };
  } finally {
    db.close();
  }
}
