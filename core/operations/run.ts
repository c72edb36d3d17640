/**
 * One run of one operation: asks the generator for its next value only when the last ones are durable and the space keeps
 * up, so that back-pressure is one chain of awaits down to the socket of the target.
 */
import {
  asFailure,
  Checkpoint,
  type Clock,
  type Failure,
  failure,
  type Logger,
  type Operation,
  type OperationCall,
  type Progress,
} from '../contract/index.js';
import type { Entry, Journal, Outcome } from '../journal/index.js';
import { maxFrameBytes } from '../wire/index.js';
import type { Backlog } from './backlog.js';

/** Why a run was ended from outside; the reason of its AbortSignal. `drain` leaves it without an outcome. */
export type Ending = { readonly status: 'cancelled' | 'expired'; readonly note: string } | { readonly status: 'drain' };

export interface RunParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly backlog: Backlog;
  /** Called when something new stands in the journal. */
  changed(): void;
  progress(progress: Progress): void;
}

/** Records are committed together when they come this close after each other; one fsync then serves many. */
const gatherMs = 10;
const gatherCount = 128;
const gatherBytes = 256 * 1024;
/** Room for the frame around a record's body. */
const maxBodyBytes = maxFrameBytes - 1024;
/** What a generator gets for its clean-up; it may hang in a call that does not obey its signal. */
const cleanUpMs = 1000;

/**
 * Runs to the end and returns the outcome, which is not yet in the journal; undefined when the process is ending, or the
 * operation is nobody's any more, and the run must be left as it is.
 * @param input what the operation's schema made of the order's input
 * @throws whatever the journal threw; a generator's own failures become an outcome
 */
export async function runOperation(
  entry: Entry,
  operation: Operation,
  input: unknown,
  parts: RunParts,
  abort: AbortController,
): Promise<Outcome | undefined> {
  const { journal, clock, log } = parts;
  const { opId } = entry.order;
  const stopped = new AbortController();
  const batch = new Batch(entry, parts, () => stopped.abort());
  const signal = AbortSignal.any([abort.signal, stopped.signal]);
  const call: OperationCall<unknown> = {
    input,
    signal,
    log,
    resume: journal.checkpointState(opId),
    progress: parts.progress,
  };
  let fault: Failure | undefined;
  const values = operation.run(call)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(values.next(), signal);
      if (next.done) break;
      if (next.value instanceof Checkpoint) {
        batch.checkpoint(next.value.state);
        continue;
      }
      batch.add(JSON.stringify(checked(operation, next.value)));
      await orAborted(parts.backlog.room(), signal);
    }
  } catch (error) {
    fault = asFailure(error, `run ${operation.name}`);
    await ended(values, clock);
  }
  const ending = abort.signal.aborted ? (abort.signal.reason as Ending) : undefined;
  batch.close(ending?.status !== 'drain');
  if (ending?.status === 'drain') return undefined;
  const { sentRec: records, digest } = journal.entry(opId) ?? entry;
  if (ending !== undefined) {
    const code = ending.status === 'expired' ? 'E_EXPIRED' : 'E_CANCELLED';
    return { status: ending.status, code, note: ending.note, records, digest };
  }
  if (fault !== undefined) {
    log.error(
      `${operation.name} failed: ${fault.message}`,
      fault.code === 'E_PLUGIN' ? { cause: stackOf(fault.cause) } : {},
    );
    // What was learnt before the fault is worth keeping, and says so.
    return {
      status: records > 0 ? 'partial' : 'failed',
      code: fault.code,
      note: fault.message.slice(0, 4096),
      records,
      digest,
    };
  }
  return { status: 'ok', records, digest };
}

/** Waits for the generator's own clean-up, but not for ever. */
async function ended(values: AsyncIterator<unknown>, clock: Clock): Promise<void> {
  let takeBack = (): void => {};
  const patience = new Promise<void>((resolve) => {
    takeBack = clock.after(cleanUpMs, resolve);
  });
  await Promise.race([Promise.resolve(values.return?.()).catch(() => undefined), patience]);
  takeBack();
}

const stackOf = (cause: unknown): string => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));

function checked(operation: Operation, value: unknown): unknown {
  const result = operation.output['~standard'].validate(value);
  if (result instanceof Promise) throw failure('E_PLUGIN', `output schema of ${operation.name} answers later`);
  if (result.issues)
    throw failure(
      'E_PLUGIN',
      `output of ${operation.name}: ${result.issues[0]?.path?.join('.') ?? ''}: ${result.issues[0]?.message}`,
    );
  return result.value;
}

/** The promise, or the signal's end, whichever is first; a generator that ignores its signal cannot hold a run. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(failure('E_CANCELLED', 'run of an operation'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Records on their way into the journal. A fault of the journal stops the run at once and is thrown by `close`. */
class Batch {
  #bodies: string[] = [];
  #bytes = 0;
  #rec: number;
  #takeBack: (() => void) | undefined;
  #fault: { readonly error: unknown } | undefined;

  constructor(
    private readonly entry: Entry,
    private readonly parts: RunParts,
    private readonly stop: () => void,
  ) {
    this.#rec = entry.sentRec;
  }

  add(body: string): void {
    const bytes = Buffer.byteLength(body);
    if (bytes > maxBodyBytes) throw failure('E_LIMIT', 'record larger than a frame');
    this.#bodies.push(body);
    this.#bytes += bytes;
    this.#rec += 1;
    this.parts.backlog.added(this.#rec, bytes);
    if (this.#bodies.length >= gatherCount || this.#bytes >= gatherBytes) this.#flush();
    else this.#takeBack ??= this.parts.clock.after(gatherMs, () => this.#flush());
  }

  checkpoint(state: unknown): void {
    this.#flush();
    this.#store(() => this.parts.journal.checkpoint(this.entry.order.opId, state));
  }

  /** @param keep false when what is not in the journal yet is not wanted there. @throws what the journal threw */
  close(keep: boolean): void {
    if (keep) this.#flush();
    this.#takeBack?.();
    if (this.#fault !== undefined && keep) throw this.#fault.error;
  }

  #flush(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
    if (this.#bodies.length === 0) return;
    const bodies = this.#bodies;
    this.#bodies = [];
    this.#bytes = 0;
    this.#store(() => this.parts.journal.append(this.entry.order.opId, bodies));
    if (this.#fault === undefined) this.parts.changed();
  }

  #store(work: () => unknown): void {
    if (this.#fault !== undefined) return;
    try {
      work();
    } catch (error) {
      this.#fault = { error };
      this.stop();
    }
  }
}
