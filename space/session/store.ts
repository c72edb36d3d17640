/** What sessions need of the storage, as one thing: the simulation puts its faults between the two. */
import type { FrameOf } from '../../core/wire/frames.js';
import type { Claimed } from './events.js';
import type { Change, Order } from './order.js';

/** What one connection asks to be made durable, in order. Refused as a whole when the slot has a newer epoch. */
export interface Batch {
  readonly slotId: string;
  readonly epoch: number;
  readonly changes: readonly Change[];
}

export type Committed = 'durable' | 'fenced';

/** An open operation whose agent is away: cancelled meanwhile, or past every time that it could need. */
export interface Abandoned {
  readonly slotId: string;
  readonly epoch: number;
  readonly order: Order;
  readonly overdue: boolean;
}

export interface ClaimTerms {
  readonly spaceId: string;
  readonly now: number;
  /** How long a lease outlives the last frame. */
  readonly leaseMs: number;
  /** What was open when this process of the space began; what was ordered since cannot have been forgotten with a backup. */
  readonly inherited: ReadonlySet<string>;
}

export interface SessionStore {
  /** Reads, judges and takes the lease in one transaction, so that of two agents that come at once one is refused. */
  claim(slotId: string, hello: FrameOf<'hello'>, terms: ClaimTerms): Promise<Claimed>;
  /** All batches in one transaction; for each, in order, whether it is durable or its connection was replaced. */
  commit(batches: readonly Batch[], now: number): Promise<Committed[]>;
  /** Everything of this slot that has no outcome, oldest first. */
  openOrders(slotId: string): Promise<Order[]>;
  /** Orders that were never sent, and those that are to be cancelled, by slot. */
  news(): Promise<Map<string, Order[]>>;
  /** What nobody will end unless the space does; agents heard within the lease are not away. */
  abandoned(now: number, leaseMs: number): Promise<Abandoned[]>;
  /** The link is gone. The lease goes on by itself, counted from the last frame; null ends it. */
  disconnected(slotId: string, epoch: number, now: number, lastFrameAt: number | null): Promise<void>;
}
