/** Slots and their leases. */
import type { FrameOf } from '../../core/wire/frames.js';
import { isRestored, judgeClaim } from '../session/claim.js';
import type { Claimed } from '../session/events.js';
import { forPair } from '../session/reconcile.js';
import type { ClaimTerms } from '../session/store.js';
import { distrust, openOrders } from './operations.js';
import type { Database, Queries, SlotTable } from './schema.js';

/** Reads, judges and takes the lease in one transaction, so that of two agents that come at once one is refused. */
export function claimSlot(
  db: Database,
  slotId: string,
  hello: FrameOf<'hello'>,
  { spaceId, now, leaseMs, inherited }: ClaimTerms,
): Promise<Claimed> {
  return db.transaction().execute(async (transaction) => {
    const slot = await transaction.selectFrom('slots').selectAll().where('id', '=', slotId).executeTakeFirstOrThrow();
    const restored = isRestored(slot, spaceId, hello);
    const verdict = judgeClaim(
      {
        enabled: slot.enabled === 1,
        epoch: restored ? Math.max(slot.epoch, hello.lastEpoch) : slot.epoch,
        instance: slot.instance,
        boot: slot.boot,
        attempt: slot.attempt,
        pastBoots: JSON.parse(slot.past_boots),
        lastFrameAt: slot.last_frame_at,
      },
      hello,
      now,
      leaseMs,
    );
    if (verdict.type !== 'serve') return { verdict, epoch: slot.epoch, open: [], concluded: [] };
    await transaction
      .updateTable('slots')
      .set({
        epoch: verdict.epoch,
        instance: hello.instance,
        boot: hello.boot,
        attempt: hello.attempt,
        // The session numbers its orders from here on.
        seq: forPair(hello, spaceId, slotId).maxSeen,
        past_boots: JSON.stringify(verdict.pastBoots),
        last_frame_at: now,
        connected_at: now,
        disconnected_at: null,
        agent_name: hello.name,
        agent_version: hello.agentVersion,
        agent_os: hello.os,
        agent_mode: hello.mode,
      })
      .where('id', '=', slotId)
      .execute();
    if (restored) await distrust(transaction, slotId, hello, inherited);
    const told = hello.ops.map((op) => op.opId);
    return {
      verdict,
      epoch: verdict.epoch,
      open: await openOrders(transaction, slotId),
      concluded: await concludedOf(transaction, told),
    };
  });
}

async function concludedOf(db: Queries, opIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  // SQLite takes 32,766 values in one statement, PostgreSQL 65,535.
  for (let i = 0; i < opIds.length; i += 1000) {
    const rows = await db
      .selectFrom('operations')
      .select('op_id')
      .where('op_id', 'in', opIds.slice(i, i + 1000))
      .where('state', '=', 'done')
      .execute();
    found.push(...rows.map((row) => row.op_id));
  }
  return found;
}

/** The link is gone. The lease goes on by itself, counted from the last frame. */
export async function markDisconnected(
  db: Queries,
  slotId: string,
  epoch: number,
  now: number,
  lastFrameAt: number | null,
): Promise<void> {
  await db
    .updateTable('slots')
    .set({ disconnected_at: now, last_frame_at: lastFrameAt })
    .where('id', '=', slotId)
    .where('epoch', '=', epoch)
    .execute();
}

/** No link outlives the process that held it, so whatever the last process left behind is closed. */
export async function markAllDisconnected(db: Queries, now: number): Promise<void> {
  await db.updateTable('slots').set({ disconnected_at: now }).where('disconnected_at', 'is', null).execute();
}

export function listSlots(db: Queries): Promise<SlotTable[]> {
  return db.selectFrom('slots').selectAll().orderBy('name').execute();
}

export function findSlot(db: Queries, id: string): Promise<SlotTable | undefined> {
  return db.selectFrom('slots').selectAll().where('id', '=', id).executeTakeFirst();
}
