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
} from '../contract/index.js';
import type { Entry, Journal, Outcome } from '../journal/index.js';
import { maxFrameBytes } from '../wire/index.js';

/** Why a run was ended from outside; the reason of its AbortSignal. */
export type Ending = { readonly status: 'cancelled' | 'expired'; readonly note: string } | { readonly status: 'drain' };

export interface RunParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when something new stands in the journal. */
  changed(): void;
  progress(progress: { done: number; total: number; note: string }): void;
  /** Resolves when the space has acknowledged enough that the outbox has room again. */
  room(opId: string): Promise<void>;
}

/** Records are committed together when they come this close after each other; one fsync then serves many. */
const gatherMs = 10;
const gatherCount = 128;
const gatherBytes = 256 * 1024;
/** Room for the frame around a record's body. */
const maxBodyBytes = maxFrameBytes - 1024;

/**
 * Runs to the end and returns the outcome, which is not yet in the journal; undefined when the process is ending and the
 * run must be found as it is by the next process.
 * @throws Failure E_STORAGE when the journal cannot be written.
 */
export async function runOperation(
  entry: Entry,
  operation: Operation,
  parts: RunParts,
  abort: AbortController,
): Promise<Outcome | undefined> {
  const { journal, clock, log } = parts;
  const { opId } = entry.order;
  const batch = new Batch(opId, parts);
  const call: OperationCall<unknown> = {
    input: entry.order.input,
    signal: abort.signal,
    log,
    resume: entry.checkpoint?.state,
    progress: parts.progress,
  };
  let fault: Failure | undefined;
  const values = operation.run(call)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(values.next(), abort.signal);
      if (next.done) break;
      if (next.value instanceof Checkpoint) {
        batch.flush();
        journal.checkpoint(opId, next.value.state);
        continue;
      }
      batch.add(JSON.stringify(checked(operation, next.value)));
      await orAborted(parts.room(opId), abort.signal);
    }
  } catch (error) {
    fault = asFailure(error, `run ${operation.name}`);
    // The generator's own clean-up; it may hang in a call that does not obey its signal, so nobody waits for it for ever.
    await Promise.race([Promise.resolve(values.return?.()).catch(() => undefined), clock.sleep(1000)]);
  } finally {
    batch.close();
  }
  if (fault?.code === 'E_STORAGE') throw fault;
  const { sentRec: records, digest } = journal.entry(opId) ?? entry;
  const ending = abort.signal.aborted ? (abort.signal.reason as Ending) : undefined;
  if (ending?.status === 'drain') return undefined;
  if (ending !== undefined)
    return {
      status: ending.status,
      code: ending.status === 'expired' ? 'E_EXPIRED' : 'E_CANCELLED',
      note: ending.note,
      records,
      digest,
    };
  if (fault !== undefined) {
    log.error(
      `${operation.name} failed: ${fault.message}`,
      fault.code === 'E_PLUGIN' ? { cause: stackOf(fault.cause) } : {},
    );
    // What was learnt before the fault is worth keeping, and says so.
    return { status: records > 0 ? 'partial' : 'failed', code: fault.code, note: fault.message, records, digest };
  }
  return { status: 'ok', records, digest };
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

/** Records on their way into the journal. */
class Batch {
  #bodies: string[] = [];
  #bytes = 0;
  #timer: (() => void) | undefined;
  #fault: unknown;

  constructor(
    private readonly opId: string,
    private readonly parts: RunParts,
  ) {}

  add(body: string): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (Buffer.byteLength(body) > maxBodyBytes) throw failure('E_LIMIT', 'record larger than a frame');
    this.#bodies.push(body);
    this.#bytes += body.length;
    if (this.#bodies.length >= gatherCount || this.#bytes >= gatherBytes) this.flush();
    else this.#timer ??= this.parts.clock.after(gatherMs, () => this.#flushLater());
  }

  flush(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#bodies.length === 0) return;
    const bodies = this.#bodies;
    this.#bodies = [];
    this.#bytes = 0;
    this.parts.journal.append(this.opId, bodies);
    this.parts.changed();
  }

  close(): void {
    this.flush();
  }

  /** A fault in the timer reaches the run with the next record. */
  #flushLater(): void {
    try {
      this.flush();
    } catch (error) {
      this.#fault = error;
    }
  }
}
