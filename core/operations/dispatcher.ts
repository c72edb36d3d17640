/**
 * Orders in, outcomes out: journals each order before it is promised, keeps at most `maxRunning` runs, and ends each
 * operation in exactly one outcome. Knows nothing of sockets; the link asks the journal what is to be sent.
 */
import { asFailure, type Clock, type Failure, type Logger } from '../contract/index.js';
import type { Entry, Journal, Outcome } from '../journal/index.js';
import { emptyDigest, type FrameOf } from '../wire/index.js';
import type { Registry } from './registry.js';
import { type Ending, runOperation } from './run.js';

export interface DispatcherParts {
  readonly journal: Journal;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxOperations: number;
  readonly maxRunning: number;
}

export interface DispatcherEvents {
  /** Something new stands in the journal for this operation. */
  changed(opId: string): void;
  progress(progress: { opId: string; run: number; done: number; total: number; note: string }): void;
  /** The journal cannot be written; no promise can be kept any more. */
  storageFailed(failure: Failure): void;
}

/** Records that a run may be ahead of the space's acknowledgements; bounds the journal while the link is down. */
const outboxRecords = 4096;

export class Dispatcher {
  readonly #running = new Map<string, AbortController>();
  readonly #waiting = new Map<string, () => void>();
  readonly #acknowledged = new Map<string, number>();
  #runs: Promise<void>[] = [];
  #events: DispatcherEvents | undefined;
  #draining = false;

  constructor(private readonly parts: DispatcherParts) {}

  /** Takes up what an earlier process left: a run that was cut off begins again, or is over when its runs are used up. */
  begin(events: DispatcherEvents): void {
    this.#events = events;
    for (const entry of this.parts.journal.entries()) {
      if (entry.state === 'started' && entry.run >= entry.order.maxRuns) {
        this.#finish(entry, {
          status: entry.sentRec > 0 ? 'partial' : 'failed',
          code: 'E_CRASHED',
          note: 'the agent ended during the run',
          records: entry.sentRec,
          digest: entry.digest,
        });
      }
    }
    this.#schedule();
  }

  /** Highest opSeq that the space may send now. */
  get limit(): number {
    const { maxSeen } = this.parts.journal.identity();
    return Math.max(maxSeen, maxSeen + this.parts.maxOperations - this.parts.journal.entries().length);
  }

  /** Journals the order; what cannot be run is journaled and answered all the same. */
  offer(order: FrameOf<'op'>): 'taken' | 'forgotten' {
    const { journal, clock, registry } = this.parts;
    const known = journal.entry(order.opId);
    if (known !== undefined) return 'taken';
    const { maxSeen } = journal.identity();
    // Not in the journal and not new: it was settled, so it must never run again.
    if (order.opSeq <= maxSeen) return 'forgotten';
    const busy = order.opSeq > this.limit;
    journal.accept(order, clock.now());
    const entry = journal.entry(order.opId)!;
    const operation = registry.get(order.kind);
    if (busy) this.#reject(entry, 'E_BUSY', 'more operations are open than this agent takes');
    else if (operation === undefined || order.kindVersion !== 1)
      this.#reject(entry, 'E_UNSUPPORTED', `operation ${order.kind} version ${order.kindVersion} is not known here`);
    else if (order.class !== operation.class)
      this.#reject(entry, 'E_INPUT', `operation ${order.kind} is ${operation.class}`);
    else {
      const checked = operation.input['~standard'].validate(order.input);
      if (checked instanceof Promise || checked.issues) {
        const issue = checked instanceof Promise ? undefined : checked.issues?.[0];
        this.#reject(
          entry,
          'E_INPUT',
          `input of ${order.kind}: ${issue?.path?.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
        );
      }
    }
    this.#events?.changed(order.opId);
    this.#schedule();
    return 'taken';
  }

  cancel(opId: string, reason: string): void {
    const abort = this.#running.get(opId);
    if (abort !== undefined) return abort.abort({ status: 'cancelled', note: reason } satisfies Ending);
    const entry = this.parts.journal.entry(opId);
    if (entry === undefined || entry.state === 'done') return;
    this.#finish(entry, {
      status: 'cancelled',
      code: 'E_CANCELLED',
      note: reason,
      records: entry.sentRec,
      digest: entry.digest,
    });
  }

  acknowledged(opId: string, rec: number): void {
    this.#acknowledged.set(opId, rec);
    this.#waiting.get(opId)?.();
  }

  settled(opId: string): void {
    this.#acknowledged.delete(opId);
  }

  /** Ends all runs without an outcome; the next process takes them up. Resolves when every generator has ended. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const abort of this.#running.values()) abort.abort({ status: 'drain' } satisfies Ending);
    await Promise.all(this.#runs);
  }

  #reject(entry: Entry, code: string, note: string): void {
    this.#finish(entry, { status: 'rejected', code, note: note.slice(0, 4096), records: 0, digest: emptyDigest });
  }

  #finish(entry: Entry, outcome: Outcome): void {
    this.parts.journal.done(entry.order.opId, outcome);
    this.parts.log.info(`${entry.order.kind} ended: ${outcome.status}`, {
      opId: entry.order.opId,
      code: outcome.code,
      records: outcome.records,
    });
    this.#events?.changed(entry.order.opId);
  }

  #schedule(): void {
    if (this.#draining || this.#events === undefined) return;
    for (const entry of this.parts.journal.entries()) {
      if (this.#running.size >= this.parts.maxRunning) return;
      if (entry.state === 'done' || this.#running.has(entry.order.opId)) continue;
      const run = this.#run(entry).finally(() => {
        this.#runs = this.#runs.filter((other) => other !== run);
      });
      this.#runs.push(run);
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { journal, clock, registry, log } = this.parts;
    const { opId, kind, startWithin, timeLimit } = entry.order;
    const operation = registry.get(kind);
    const abort = new AbortController();
    this.#running.set(opId, abort);
    let takeBack = (): void => {};
    try {
      if (operation === undefined) return this.#reject(entry, 'E_UNSUPPORTED', `operation ${kind} is not known here`);
      if (entry.state === 'accepted' && clock.now() - entry.acceptedAt > startWithin * 1000) {
        return this.#finish(entry, {
          status: 'expired',
          code: 'E_EXPIRED',
          note: `not begun within ${startWithin} s`,
          records: 0,
          digest: emptyDigest,
        });
      }
      const started = journal.start(opId, entry.run + 1);
      this.#acknowledged.set(opId, started.keep);
      this.#events?.changed(opId);
      log.info(`${kind} begins`, { opId, run: started.run });
      takeBack = clock.after(timeLimit * 1000, () =>
        abort.abort({ status: 'expired', note: `not done within ${timeLimit} s` } satisfies Ending),
      );
      const outcome = await runOperation(
        started,
        operation,
        {
          journal,
          clock,
          log,
          changed: () => this.#events?.changed(opId),
          progress: (progress) => this.#events?.progress({ opId, run: started.run, ...progress }),
          room: (id) => this.#room(id),
        },
        abort,
      );
      if (outcome !== undefined) this.#finish(started, outcome);
    } catch (error) {
      this.#events?.storageFailed(asFailure(error, `run ${kind}`));
    } finally {
      takeBack();
      this.#running.delete(opId);
      this.#waiting.delete(opId);
      this.#schedule();
    }
  }

  async #room(opId: string): Promise<void> {
    const behind = () => (this.parts.journal.entry(opId)?.sentRec ?? 0) - (this.#acknowledged.get(opId) ?? 0);
    while (behind() > outboxRecords) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(opId, resolve);
      });
    }
  }
}
