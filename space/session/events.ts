/** What goes into a session and what comes out of it. */
import type { Frame, FrameOf } from '../../core/wire/frames.js';
import type { Verdict } from './claim.js';
import type { Change, Order } from './order.js';

export interface SessionSettings {
  readonly spaceId: string;
  readonly slotId: string;
  /** Seconds. */
  readonly heartbeat: { readonly interval: number; readonly timeout: number };
  /** Seconds within which `hello`, `ready` and the answer to an `op` must come. */
  readonly requestTimeout: number;
}

/** What the storage answered to `claim`. */
export interface Claimed {
  readonly verdict: Verdict;
  readonly epoch: number;
  readonly open: readonly Order[];
  /** Those of the operations in `hello` that have their outcome. */
  readonly concluded: readonly string[];
}

/** Times are milliseconds: `at` never runs backwards, `now` is the wall's. */
export type SessionEvent = { readonly at: number; readonly now: number } & (
  | { readonly type: 'frame'; readonly frame: Frame }
  | ({ readonly type: 'claimed' } & Claimed)
  | { readonly type: 'committed'; readonly changes: readonly Change[] }
  | { readonly type: 'orders'; readonly orders: readonly Order[] }
  | { readonly type: 'cancel'; readonly opId: string; readonly reason: string }
  | { readonly type: 'tick' }
);

export type Effect =
  | { readonly type: 'claim'; readonly hello: FrameOf<'hello'> }
  | { readonly type: 'send'; readonly frame: Frame }
  | { readonly type: 'commit'; readonly change: Change }
  | { readonly type: 'progress'; readonly progress: FrameOf<'progress'> }
  | { readonly type: 'ready' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };
