/**
 * What is said in `welcome`, and what is sent again after `ready`: the two journals laid beside each other. State is never
 * replayed; it is compared on every connect, so that a dropped link, a restart and a new machine take the same path.
 */

import { emptyDigest } from '../../core/wire/digest.js';
import { type FrameOf, type Journaled, keptSince } from '../../core/wire/frames.js';
import type { Order, Outcome } from './order.js';

type Hello = FrameOf<'hello'>;

/** `maxSeen`, `limit` and `ops` as they hold for this pair: an agent that was elsewhere before starts here at nothing. */
export function forPair(hello: Hello, spaceId: string, slotId: string): Pick<Hello, 'maxSeen' | 'limit' | 'ops'> {
  const { pair, maxSeen, limit, ops } = hello;
  if (pair === null || (pair.spaceId === spaceId && pair.slotId === slotId)) return { maxSeen, limit, ops };
  // limit = maxSeen + maxOperations − open, so what remains is maxOperations.
  return { maxSeen: 0, limit: Math.max(0, limit - maxSeen + ops.length), ops: [] };
}

export type Lists = Pick<FrameOf<'welcome'>, 'open' | 'settle' | 'cancel' | 'have'>;

/**
 * The lists of `welcome`. An operation that the space does not know at all (its backup was older) is settled when it is
 * done, else cancelled: its `done` is then settled too.
 */
export function listsFor(ops: Hello['ops'], open: ReadonlyMap<string, Order>, concluded: ReadonlySet<string>): Lists {
  const lists: { [K in keyof Lists]: Lists[K][number][] } = { open: [], settle: [], cancel: [], have: [] };
  for (const { opId, state } of ops) {
    const order = open.get(opId);
    if (order === undefined) {
      lists[concluded.has(opId) || state === 'done' ? 'settle' : 'cancel'].push(opId);
      continue;
    }
    lists.open.push(opId);
    lists.have.push({ opId, run: order.run, rec: order.records });
    if (order.cancelReason !== null) lists.cancel.push(opId);
  }
  return lists;
}

/**
 * Are records missing that this space acknowledged once? Only when its database is older than what it said: restored from a
 * backup. Nobody has them any more, so that the operation cannot end as it ran.
 */
export function lostRecords(order: Order, { keeps, acked }: Journaled): boolean {
  return acked > Math.min(order.records, keptSince(keeps, order.run));
}

/** What becomes of an operation that is open here and not in the agent's journal. */
export type Resend =
  | { readonly type: 'send'; readonly runsUsed: number }
  | { readonly type: 'ask' }
  | { readonly type: 'conclude'; readonly outcome: Outcome };

/**
 * @param maxSeen highest opSeq that this agent's journal ever held. At or below it, the agent settled the operation and is
 * asked, to say so; above it, the agent never had it, so that ending it here or giving it another number is safe.
 */
export function resend(order: Order, instance: string, maxSeen: number, now: number): Resend {
  const sentHere = order.state !== 'waiting' && order.sentTo === instance;
  if (sentHere && order.opSeq !== null && order.opSeq <= maxSeen) return { type: 'ask' };
  if (order.cancelReason !== null)
    return { type: 'conclude', outcome: endedHere(order, 'cancelled', 'E_CANCELLED', order.cancelReason) };
  const runsUsed = runsPossiblyUsed(order, instance);
  if (runsUsed >= order.maxRuns)
    return { type: 'conclude', outcome: endedHere(order, 'failed', 'E_CRASHED', 'the agent no longer knows of it') };
  if (runsUsed === 0 && now - order.createdAt > order.startWithin * 1000)
    return { type: 'conclude', outcome: endedHere(order, 'expired', 'E_EXPIRED', 'the agent did not take it in time') };
  return { type: 'send', runsUsed };
}

/**
 * An installation that is gone, or lost its journal, may have begun every run before that, unheard: nobody is left who could tell.
 * What never reached this one's journal has the runs that it had.
 */
function runsPossiblyUsed(order: Order, instance: string): number {
  if (order.state === 'waiting') return 0;
  const neverArrived = order.sentTo === instance && order.state === 'issued';
  return neverArrived ? order.run : order.maxRuns;
}

/** An outcome that the space gives by itself. */
export function endedHere(order: Order, status: Outcome['status'], code: string, note: string): Outcome {
  return { run: order.run, status, code, note, records: order.records, digest: emptyDigest };
}

export const recordsLost = (order: Order): Outcome =>
  endedHere(order, 'failed', 'E_STORAGE', 'this space was restored from an older backup and lost records of it');
