/**
 * The durable journal of operations: what makes one outcome out of drops, restarts and kill -9. Every method has its effect
 * on disk when it returns; whoever calls it may promise the effect to the space. SQLite stands behind it in the agent, an
 * implementation in memory that can lose what was not synced stands behind it in the simulation.
 */
import type { FrameOf, OpState, Pair, Status } from '../wire/index.js';

/** An order without its input, which may be large and is asked for when a run begins. */
export type OrderHead = Omit<FrameOf<'op'>, 'input'>;

/** What belongs to the installation and to its slot. */
export interface Identity {
  /** Random id of this installation. */
  readonly instance: string;
  /** Space and slot that all state belongs to; null before the first welcome. */
  readonly pair: Pair | null;
  readonly lastEpoch: number;
  /** Highest opSeq ever journaled for the pair. */
  readonly maxSeen: number;
  /** Fingerprint of the host and token that last led to a ready connection; null before the first. */
  readonly proven: string | null;
}

export interface Outcome {
  readonly status: Status;
  readonly code?: string | undefined;
  readonly note?: string | undefined;
  /** Records that the outcome covers, and their digest. */
  readonly records: number;
  readonly digest: string;
}

export interface Entry {
  readonly order: OrderHead;
  readonly state: OpState;
  /** 0 until the first run began. */
  readonly run: number;
  /** Highest record number of this run. */
  readonly sentRec: number;
  /** Digest over records 1..sentRec. */
  readonly digest: string;
  /** What each run kept of the records before it: those that the checkpoint covered from which it began. */
  readonly keeps: readonly { readonly run: number; readonly keep: number }[];
  /** Records 1..acked are with the space and no longer here. */
  readonly acked: number;
  /** The last checkpoint, or undefined. */
  readonly checkpoint: { readonly rec: number; readonly digest: string } | undefined;
  /** Wall-clock milliseconds; `startWithin` counts from here, also over a restart. */
  readonly acceptedAt: number;
  readonly outcome: Outcome | undefined;
}

export interface JournalRecord {
  readonly rec: number;
  /** JSON text of the body, as it goes into the frame and the digest. */
  readonly json: string;
}

/**
 * Nothing is lost by a crash that the methods have promised. `acknowledged` and `settle` alone may come back after a power cut:
 * the space then says the same once more.
 * @throws Failure E_STORAGE from every method when the disk does not take it; nothing has happened then.
 */
export interface Journal {
  /** The file turned out to be damaged: only a new start, which sets it aside, helps. */
  readonly damaged: boolean;
  identity(): Identity;
  /**
   * Makes this pair the owner and starts counting at 0. Of another pair's operations the orders and outcomes are archived; their
   * undelivered records are dropped, since nobody else may see them.
   */
  adopt(pair: Pair): void;
  /** A connection was accepted under this epoch. */
  setEpoch(epoch: number): void;
  /** This host and token led to a ready connection. */
  setProven(fingerprint: string): void;
  /**
   * Journals an order and raises maxSeen; with an outcome when it is refused, in one step, so that no crash turns a refused order
   * into an accepted one. A repeated opId changes nothing.
   */
  accept(order: FrameOf<'op'>, acceptedAt: number, outcome?: Outcome): void;
  /** How many operations are unsettled. */
  count(): number;
  /** Everything unsettled, by opSeq. */
  entries(): Entry[];
  entry(opId: string): Entry | undefined;
  /** What was ordered; kept until the outcome. @throws Failure E_FORGOTTEN */
  input(opId: string): unknown;
  /**
   * Begins a run: records after the last checkpoint are dropped, the digest goes back to what it was there.
   * @throws Failure E_FORGOTTEN when it is unknown or has its outcome
   */
  start(opId: string, run: number): Entry;
  /** Adds records to the current run. */
  append(opId: string, bodies: readonly string[]): Entry;
  checkpoint(opId: string, state: unknown): void;
  /** The state of the last checkpoint, which may be large; undefined without one. */
  checkpointState(opId: string): unknown;
  done(opId: string, outcome: Outcome): void;
  /** The space has these; they need not be kept. */
  acknowledged(opId: string, rec: number): void;
  /** Records after `after`, at most `limit`. */
  records(opId: string, after: number, limit: number): JournalRecord[];
  settle(opId: string): void;
  close(): void;
}
