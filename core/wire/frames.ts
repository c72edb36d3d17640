/**
 * The frames of the space protocol, version 1. Both ends parse with these schemas: unknown fields are
 * dropped, so that a newer peer can say more; known fields are strict.
 */
import { z } from 'zod';
import { digest, opId, randomId, sequence } from './ids.js';

const short = z.string().max(256);
const seconds = z
  .number()
  .positive()
  .max(30 * 24 * 3600);
const run = z.number().int().min(1).max(100);

export const pair = z.object({ spaceId: short, slotId: short });
export type Pair = z.infer<typeof pair>;

/** How an operation ended. */
export const status = z.enum(['ok', 'partial', 'failed', 'cancelled', 'expired', 'rejected']);
export type Status = z.infer<typeof status>;

/** Where an operation stands in the agent's journal. */
export const opState = z.enum(['accepted', 'started', 'done']);
export type OpState = z.infer<typeof opState>;

/** An unsettled operation as it stands in the agent's journal. */
const journaled = z.object({
  opId,
  opSeq: sequence,
  state: opState,
  run: z.number().int().min(0).max(100),
  /** Highest record number of this run. */
  sentRec: sequence,
  /** What each run kept of the records before it: 1..keep. */
  keeps: z.array(z.object({ run, keep: sequence })).max(100),
  /** Records 1..acked were acknowledged and are no longer there. */
  acked: sequence,
});
export type Journaled = z.infer<typeof journaled>;

/**
 * Of the records that somebody has from `run`, how many still stand: later runs may have begun, and dropped some, unseen by him.
 */
export const keptSince = (keeps: readonly Readonly<Journaled['keeps'][number]>[], run: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, ...keeps.filter((it) => it.run > run).map(({ keep }) => keep));

export const frames = {
  // agent → space
  hello: z.object({
    versions: z.array(z.number().int()).min(1).max(16),
    purpose: z.enum(['serve', 'check']),
    pair: pair.nullable(),
    instance: randomId,
    boot: randomId,
    /** Counts the connections of this process, so that a greeting that was under way for long is known as an old one. */
    attempt: sequence,
    lastEpoch: sequence,
    name: short,
    agentVersion: short,
    os: short,
    mode: short,
    features: z.array(short).max(64),
    maxSeen: sequence,
    limit: sequence,
    ops: z.array(journaled).max(10_000),
  }),
  ready: z.object({ epoch: sequence }),
  accept: z.object({ opId, limit: sequence }),
  progress: z.object({
    opId,
    run,
    done: z.number().nonnegative(),
    total: z.number().nonnegative(),
    note: z.string().max(1024),
    counts: z
      .record(z.string().max(32), z.number().nonnegative())
      .refine((it) => Object.keys(it).length <= 16)
      .optional(),
    remainingSeconds: z.number().nonnegative().optional(),
  }),
  start: z.object({ opId, run, keep: sequence }),
  record: z.object({ opId, run, rec: sequence, body: z.unknown() }),
  done: z.object({
    opId,
    run: z.number().int().min(0).max(100),
    status,
    code: short.optional(),
    note: z.string().max(4096).optional(),
    records: sequence,
    digest,
  }),
  credit: z.object({ limit: sequence }),
  heartbeat: z.object({ n: sequence, limit: sequence.optional() }),
  // space → agent
  welcome: z.object({
    version: z.number().int(),
    pair,
    epoch: sequence,
    heartbeat: z.object({ interval: seconds, timeout: seconds }),
    now: z.number(),
    open: z.array(opId).max(10_000),
    settle: z.array(opId).max(10_000),
    cancel: z.array(opId).max(10_000),
    have: z.array(z.object({ opId, run: z.number().int().min(0).max(100), rec: sequence })).max(10_000),
  }),
  op: z.object({
    opId,
    opSeq: sequence,
    kind: short,
    kindVersion: z.number().int().min(1),
    input: z.unknown(),
    class: z.enum(['safe', 'once']),
    /** Seconds from arrival within which the first run must begin. */
    startWithin: seconds,
    /** Seconds that one run may take. */
    timeLimit: seconds,
    firstRun: run,
    maxRuns: run,
  }),
  ack: z.object({ opId, run, rec: sequence }),
  cancel: z.object({ opId, reason: z.string().max(1024) }),
  settle: z.object({ opId, digest }),
  // both
  'heartbeat-ack': z.object({ n: sequence }),
  error: z.object({ code: short, ref: short.optional(), note: z.string().max(1024).optional() }),
  bye: z.object({
    code: short,
    retryAfter: z
      .number()
      .nonnegative()
      .max(24 * 3600)
      .optional(),
  }),
} as const;

export type FrameType = keyof typeof frames;
export type FrameOf<T extends FrameType> = { readonly type: T } & Readonly<z.infer<(typeof frames)[T]>>;
export type Frame = { [T in FrameType]: FrameOf<T> }[FrameType];
