/** Operations: what was ordered, how far it is, how it ended. */
import { emptyDigest } from '../../core/wire/digest.js';
import type { FrameOf } from '../../core/wire/frames.js';
import type { Order } from '../session/order.js';
import type { Abandoned } from '../session/store.js';
import type { OperationState, OperationTable, Queries } from './schema.js';

export interface NewOperation {
  readonly opId: string;
  readonly slotId: string;
  readonly kind: string;
  readonly kindVersion: number;
  readonly input: unknown;
  readonly class: 'safe' | 'once';
  /** Seconds. */
  readonly startWithin: number;
  readonly timeLimit: number;
  readonly maxRuns: number;
}

export async function addOperation(db: Queries, operation: NewOperation, now: number): Promise<void> {
  await db
    .insertInto('operations')
    .values({
      op_id: operation.opId,
      slot_id: operation.slotId,
      op_seq: null,
      sent_to: null,
      kind: operation.kind,
      kind_version: operation.kindVersion,
      input: JSON.stringify(operation.input),
      class: operation.class,
      start_within: operation.startWithin,
      time_limit: operation.timeLimit,
      max_runs: operation.maxRuns,
      state: 'waiting',
      run: 0,
      keep: 0,
      records: 0,
      digest: emptyDigest,
      status: null,
      code: null,
      note: null,
      cancel_reason: null,
      created_at: now,
      accepted_at: null,
      started_at: null,
      ended_at: null,
    })
    .execute();
}

/** Named one by one, so that the index finds the few that are open among all that ever were. */
const openStates: OperationState[] = ['waiting', 'issued', 'accepted', 'started'];

/** Everything of this slot that has no outcome, oldest first. */
export async function openOrders(db: Queries, slotId: string): Promise<Order[]> {
  const rows = await db
    .selectFrom('operations')
    .selectAll()
    .where('state', 'in', openStates)
    .where('slot_id', '=', slotId)
    .orderBy('op_id')
    .execute();
  return rows.map(toOrder);
}

/** What somebody should hear of: orders that were never sent, and those that are to be cancelled, by slot. */
export async function newsForSlots(db: Queries): Promise<Map<string, Order[]>> {
  const rows = await db
    .selectFrom('operations')
    .selectAll()
    .where('state', 'in', openStates)
    .where((e) => e.or([e('state', '=', 'waiting'), e('cancel_reason', 'is not', null)]))
    .orderBy('op_id')
    .execute();
  const bySlot = new Map<string, Order[]>();
  for (const row of rows) bySlot.set(row.slot_id, [...(bySlot.get(row.slot_id) ?? []), toOrder(row)]);
  return bySlot;
}

/** The open operations that a process of the space finds when it begins. */
export async function inheritedOrders(db: Queries): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('operations').select('op_id').where('state', 'in', openStates).execute();
  return new Set(rows.map((row) => row.op_id));
}

/**
 * After a restore: an order that this database believes unsent, or sent to another installation, may have had all its runs since.
 * It counts as such, so that it is never run too often. What this agent has or had is compared with its journal, as ever.
 * @param inherited what was open when this process began; what was ordered since cannot have been forgotten
 */
export async function distrust(
  db: Queries,
  slotId: string,
  { instance, ops }: FrameOf<'hello'>,
  inherited: ReadonlySet<string>,
): Promise<void> {
  const told = new Set(ops.map(({ opId }) => opId));
  for (const { opId, sentTo } of await openOrders(db, slotId)) {
    if (sentTo === instance || told.has(opId) || !inherited.has(opId)) continue;
    await db
      .updateTable('operations')
      .set((e) => ({ state: 'issued', sent_to: '', run: e.ref('max_runs') }))
      .where('op_id', '=', opId)
      .execute();
  }
}

/** What was given to an agent that is away now, and was cancelled or can no longer end in time. */
export async function abandonedOrders(db: Queries, now: number, leaseMs: number): Promise<Abandoned[]> {
  const rows = await db
    .selectFrom('operations')
    .innerJoin('slots', 'slots.id', 'operations.slot_id')
    .selectAll('operations')
    .select('slots.epoch')
    .where('state', 'in', openStates)
    .where('state', '!=', 'waiting')
    .where((e) => e.or([e('slots.last_frame_at', 'is', null), e('slots.last_frame_at', '<', now - leaseMs)]))
    .execute();
  return rows.flatMap((row) => {
    const overdue = now - row.created_at > (row.start_within + row.max_runs * row.time_limit) * 1000;
    if (!overdue && row.cancel_reason === null) return [];
    return [{ slotId: row.slot_id, epoch: row.epoch, order: toOrder(row), overdue }];
  });
}

function toOrder(row: OperationTable): Order {
  return {
    opId: row.op_id,
    opSeq: row.op_seq,
    sentTo: row.sent_to,
    kind: row.kind,
    kindVersion: row.kind_version,
    input: JSON.parse(row.input),
    class: row.class,
    startWithin: row.start_within,
    timeLimit: row.time_limit,
    maxRuns: row.max_runs,
    createdAt: row.created_at,
    state: row.state,
    run: row.run,
    keep: row.keep,
    records: row.records,
    cancelReason: row.cancel_reason,
  };
}

/** Asks for the end of an operation. False when it is unknown or has ended already. */
export async function requestCancel(db: Queries, opId: string, reason: string, now: number): Promise<boolean> {
  const ended = await db
    .updateTable('operations')
    .set({
      state: 'done',
      status: 'cancelled',
      code: 'E_CANCELLED',
      note: reason,
      cancel_reason: reason,
      ended_at: now,
    })
    .where('op_id', '=', opId)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  if (ended.numUpdatedRows > 0n) return true;
  const asked = await db
    .updateTable('operations')
    .set({ cancel_reason: reason })
    .where('op_id', '=', opId)
    .where('state', '!=', 'done')
    .where('cancel_reason', 'is', null)
    .executeTakeFirst();
  return asked.numUpdatedRows > 0n;
}

/** Ends what was never sent and is too old to begin. Returns how many. */
export async function expireWaiting(db: Queries, now: number): Promise<number> {
  const rows = await db
    .selectFrom('operations')
    .select(['op_id', 'created_at', 'start_within'])
    .where('state', '=', 'waiting')
    .execute();
  const late = rows.filter((row) => now - row.created_at > row.start_within * 1000);
  for (const { op_id } of late) {
    await db
      .updateTable('operations')
      .set({
        state: 'done',
        status: 'expired',
        code: 'E_EXPIRED',
        note: 'the agent did not connect in time',
        ended_at: now,
      })
      .where('op_id', '=', op_id)
      .where('state', '=', 'waiting')
      .execute();
  }
  return late.length;
}
