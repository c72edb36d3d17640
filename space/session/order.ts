/** An open operation as the session sees it, and what the session asks the storage to make durable. */
import type { FrameOf } from '../../core/wire/frames.js';
import type { OperationState } from '../storage/schema.js';

export interface Order {
  readonly opId: string;
  opSeq: number | null;
  /** The installation it was last sent to. */
  sentTo: string | null;
  readonly kind: string;
  readonly kindVersion: number;
  readonly input: unknown;
  readonly class: 'safe' | 'once';
  /** Seconds from `createdAt` within which the first run must begin. */
  readonly startWithin: number;
  readonly timeLimit: number;
  readonly maxRuns: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  state: OperationState;
  run: number;
  /** Records up to here came from runs before. */
  keep: number;
  /** Records received in order. */
  records: number;
  cancelReason: string | null;
}

export type Outcome = Pick<FrameOf<'done'>, 'run' | 'status' | 'code' | 'note' | 'records' | 'digest'>;

/**
 * `agent`: its count and digest must be those of the records here. `agent-forgot`: it was settled there long ago, so
 * there is nothing to compare. `space`: ended here, and the agent never had it. `records-lost`: ended here, and the agent
 * still has it and is told.
 */
export type OutcomeOrigin = 'agent' | 'agent-forgot' | 'space' | 'records-lost';

/** One thing to make durable. Changes of a session are committed in the order in which they were asked for. */
export type Change =
  | {
      readonly type: 'issue';
      readonly opId: string;
      readonly opSeq: number;
      readonly instance: string;
      /** Runs that count as used: the first run there is the next one. */
      readonly runsUsed: number;
      /** Set by the storage: it was cancelled or had expired meanwhile, so that it must not be sent. */
      endedMeanwhile?: boolean;
    }
  | { readonly type: 'accept'; readonly opId: string }
  | { readonly type: 'start'; readonly opId: string; readonly run: number; readonly keep: number }
  | {
      readonly type: 'record';
      readonly opId: string;
      readonly run: number;
      readonly rec: number;
      readonly body: unknown;
    }
  | { readonly type: 'outcome'; readonly opId: string; readonly outcome: Outcome; readonly origin: OutcomeOrigin }
  /** The agent was heard: the lease goes on. */
  | { readonly type: 'seen' }
  /** The agent said goodbye: the lease ends. */
  | { readonly type: 'release' };
