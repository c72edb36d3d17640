/** Scans as people see them: the row of the scan and how far its operation is. */
import type { OperationState, Queries, SnapshotTable } from './schema.js';

export type ScanStatus = 'queued' | 'running' | 'done' | 'partial' | 'failed' | 'cancelled' | 'expired' | 'rejected';

export interface Scan {
  readonly id: string;
  readonly networkId: string;
  readonly slotId: string;
  readonly opId: string;
  readonly status: ScanStatus;
  /** Has the agent got the order? */
  readonly sent: boolean;
  readonly code: string | null;
  readonly note: string | null;
  readonly cancelRequested: boolean;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly run: number;
  readonly records: number;
  readonly progress: { readonly done: number; readonly total: number; readonly note: string };
  readonly snapshotId: string | null;
}

interface ScanRow {
  id: string;
  network_id: string;
  slot_id: string;
  op_id: string;
  created_at: number;
  progress_done: number;
  progress_total: number;
  progress_note: string;
  snapshot_id: string | null;
  state: OperationState;
  status: string | null;
  code: string | null;
  note: string | null;
  cancel_reason: string | null;
  started_at: number | null;
  ended_at: number | null;
  run: number;
  records: number;
}

const toScan = (row: ScanRow): Scan => ({
  id: row.id,
  networkId: row.network_id,
  slotId: row.slot_id,
  opId: row.op_id,
  status: statusOf(row.state, row.status),
  sent: row.state !== 'waiting',
  code: row.code,
  note: row.note,
  cancelRequested: row.cancel_reason !== null,
  createdAt: row.created_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  run: row.run,
  records: row.records,
  progress: { done: row.progress_done, total: row.progress_total, note: row.progress_note },
  snapshotId: row.snapshot_id,
});

function statusOf(state: OperationState, outcome: string | null): ScanStatus {
  if (state !== 'done') return state === 'started' ? 'running' : 'queued';
  return outcome === 'ok' ? 'done' : ((outcome ?? 'failed') as ScanStatus);
}

function scans(db: Queries) {
  return db
    .selectFrom('scans')
    .innerJoin('operations', 'operations.op_id', 'scans.op_id')
    .select([
      'scans.id',
      'scans.network_id',
      'scans.slot_id',
      'scans.op_id',
      'scans.created_at',
      'scans.progress_done',
      'scans.progress_total',
      'scans.progress_note',
      'scans.snapshot_id',
      'operations.state',
      'operations.status',
      'operations.code',
      'operations.note',
      'operations.cancel_reason',
      'operations.started_at',
      'operations.ended_at',
      'operations.run',
      'operations.records',
    ]);
}

export async function findScan(db: Queries, id: string): Promise<Scan | undefined> {
  const row = await scans(db).where('scans.id', '=', id).executeTakeFirst();
  return row && toScan(row);
}

/** Newest first. */
export async function listScans(
  db: Queries,
  networkId: string,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ items: Scan[]; total: number }> {
  const rows = await scans(db)
    .where('scans.network_id', '=', networkId)
    .orderBy('scans.created_at', 'desc')
    .orderBy('scans.id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom('scans')
    .select((e) => e.fn.countAll().as('total'))
    .where('network_id', '=', networkId)
    .executeTakeFirstOrThrow();
  return { items: rows.map(toScan), total: Number(total) };
}

export async function openScans(db: Queries): Promise<Scan[]> {
  const rows = await scans(db).where('operations.state', '!=', 'done').orderBy('scans.created_at').execute();
  return rows.map(toScan);
}

/** The network of each of these scans. */
export async function networksOfScans(db: Queries, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('scans').select(['id', 'network_id']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.network_id]));
}

/** What is kept of a progress that only lives in memory, for a page that is opened after a restart. */
export async function saveProgress(
  db: Queries,
  opId: string,
  progress: { readonly done: number; readonly total: number; readonly note: string },
): Promise<void> {
  const { done, total, note } = progress;
  await db
    .updateTable('scans')
    .set({ progress_done: Math.trunc(done), progress_total: Math.trunc(total), progress_note: note })
    .where('op_id', '=', opId)
    .execute();
}

/** Newest first. */
export async function listSnapshots(
  db: Queries,
  networkId: string,
  page: { readonly offset: number; readonly limit: number; readonly descending: boolean },
): Promise<{ items: SnapshotTable[]; total: number }> {
  const order = page.descending ? 'desc' : 'asc';
  const items = await db
    .selectFrom('snapshots')
    .selectAll()
    .where('network_id', '=', networkId)
    .orderBy('taken_at', order)
    .orderBy('id', order)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom('snapshots')
    .select((e) => e.fn.countAll().as('total'))
    .where('network_id', '=', networkId)
    .executeTakeFirstOrThrow();
  return { items, total: Number(total) };
}

export function findSnapshot(db: Queries, networkId: string, id: string): Promise<SnapshotTable | undefined> {
  return db
    .selectFrom('snapshots')
    .selectAll()
    .where('network_id', '=', networkId)
    .where('id', '=', id)
    .executeTakeFirst();
}
