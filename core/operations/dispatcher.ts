/**
 * Orders in, outcomes out: journals each order before it is promised, keeps at most `maxRunning` runs, and ends each
 * operation in exactly one outcome. Knows nothing of sockets; the link asks the journal what is to be sent.
 */
import {
  asFailure,
  type Clock,
  type Failure,
  failure,
  type Logger,
  type Operation,
  type Progress,
} from '../contract/index.js';
import type { Entry, Journal, OrderHead, Outcome } from '../journal/index.js';
import { emptyDigest, type FrameOf } from '../wire/index.js';
import { Backlog } from './backlog.js';
import type { Registry } from './registry.js';
import { type Ending, runOperation } from './run.js';

export interface DispatcherParts {
  readonly journal: Journal;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxOperations: number;
  readonly maxRunning: number;
  /** The operator's word on an operation, whatever the space orders. */
  permits(operation: string): boolean;
  /** Why an operation is refused by a setting, if it is. */
  refuses?(operation: string): string | undefined;
}

export interface DispatcherEvents {
  /** Something new stands in the journal for this operation. */
  changed(opId: string): void;
  progress(progress: Progress & { readonly opId: string; readonly run: number }): void;
  /** The journal cannot be written; no promise can be kept for now. */
  storageFailed(failure: Failure): void;
}

/** A full disk is not emptied within a second; nothing is started until the journal can be written again. */
const storagePauseMs = 10_000;
/** Orders above the credit that are still answered `rejected`; a space that goes on ignores the protocol. */
const overIssue = 100;

interface Running {
  readonly kind: string;
  readonly abort: AbortController;
  readonly backlog: Backlog;
  readonly ended: Promise<void>;
}

/** An order that may run. */
interface Judged {
  readonly operation: Operation;
  /** What the operation's schema made of the input. */
  readonly value: unknown;
}

export class Dispatcher {
  readonly #running = new Map<string, Running>();
  /** When `startWithin` ends for each order that waits, on the monotonic clock. */
  readonly #startBy = new Map<string, number>();
  #events: DispatcherEvents | undefined;
  #draining = false;
  /** Those who want nothing new to begin. */
  #holds = 0;
  /** Takes back the timer that ends a pause after a storage failure; set while nothing may start. */
  #paused: (() => void) | undefined;
  #expiry = (): void => {};

  constructor(private readonly parts: DispatcherParts) {}

  /** Takes up what an earlier process left. */
  begin(events: DispatcherEvents): void {
    this.#events = events;
    this.#schedule();
  }

  /** Highest opSeq that the space may send now. */
  get limit(): number {
    const { journal, maxOperations } = this.parts;
    const room = Math.max(0, maxOperations - journal.count());
    return Math.min(journal.identity().maxSeen + room, Number.MAX_SAFE_INTEGER);
  }

  /** Journals the order; what cannot be run is journaled and answered all the same. */
  offer(order: FrameOf<'op'>): 'taken' | 'forgotten' | 'flood' {
    const { journal, clock, maxOperations, log } = this.parts;
    if (journal.entry(order.opId) !== undefined) return 'taken';
    // Not in the journal and not new: it was settled, so it must never run again.
    if (order.opSeq <= journal.identity().maxSeen) return 'forgotten';
    if (journal.count() >= maxOperations + overIssue) return 'flood';
    const judged =
      order.opSeq > this.limit
        ? refusal('E_BUSY', 'more operations are open than this agent takes')
        : this.#judge(order, order.input);
    const refused = 'status' in judged ? judged : undefined;
    journal.accept(order, clock.now(), refused);
    if (refused !== undefined)
      log.warn(`${order.kind} is refused: ${refused.note}`, { opId: order.opId, code: refused.code });
    this.#events?.changed(order.opId);
    this.#schedule();
    return 'taken';
  }

  cancel(opId: string, reason: string): void {
    const running = this.#running.get(opId);
    if (running !== undefined) return running.abort.abort({ status: 'cancelled', note: reason } satisfies Ending);
    const entry = this.parts.journal.entry(opId);
    if (entry === undefined || entry.state === 'done') return;
    const { sentRec: records, digest } = entry;
    this.#finish(entry, { status: 'cancelled', code: 'E_CANCELLED', note: reason, records, digest });
  }

  acknowledged(opId: string, rec: number): void {
    this.#running.get(opId)?.backlog.acknowledged(rec);
  }

  /** The space wants nothing more of it; a run that is still under way has no reader. */
  settled(opId: string): void {
    this.#startBy.delete(opId);
    this.#running.get(opId)?.abort.abort({ status: 'drain' } satisfies Ending);
  }

  /** The journal changes its owner: whatever runs is nobody's any more. */
  abandon(): void {
    this.#startBy.clear();
    for (const { abort } of this.#running.values()) abort.abort({ status: 'drain' } satisfies Ending);
  }

  /** Ends all runs without an outcome; the next process takes them up. Resolves when every generator has ended. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#expiry();
    this.#paused?.();
    this.abandon();
    await Promise.all([...this.#running.values()].map((r) => r.ended));
  }

  /**
   * Begins nothing more, whatever is ordered, until the returned function is called; resolves when nothing but `kind` runs.
   * @throws Failure E_CANCELLED when the signal aborts before
   */
  async hold(kind: string, signal: AbortSignal): Promise<() => void> {
    this.#holds += 1;
    let held = true;
    const release = (): void => {
      if (held) this.#holds -= 1;
      held = false;
      this.#schedule();
    };
    for (;;) {
      const others = [...this.#running.values()].filter((it) => it.kind !== kind);
      if (others.length === 0) return release;
      await Promise.race([Promise.all(others.map(({ ended }) => ended)), aborted(signal)]);
      if (!signal.aborted) continue;
      release();
      throw failure('E_CANCELLED', 'wait for other operations');
    }
  }

  /** What runs, with what its schema made of the input; or why nothing does. */
  #judge(order: OrderHead, input: unknown): Judged | Outcome {
    const { registry, permits } = this.parts;
    const operation = registry.get(order.kind);
    if (operation === undefined || order.kindVersion !== 1)
      return refusal('E_UNSUPPORTED', `operation ${order.kind} version ${order.kindVersion} is not known here`);
    if (!permits(order.kind)) return refusal('E_POLICY', `operation ${order.kind}: policy.toml does not list it`);
    const reason = this.parts.refuses?.(order.kind);
    if (reason !== undefined) return refusal('E_POLICY', `operation ${order.kind}: ${reason}`);
    if (order.class !== operation.class) return refusal('E_INPUT', `operation ${order.kind} is ${operation.class}`);
    const { value, issue } = readInput(operation, input);
    return issue === undefined ? { operation, value } : refusal('E_INPUT', `input of ${order.kind}: ${issue}`);
  }

  #finish(entry: Entry, outcome: Outcome): void {
    const { opId, kind } = entry.order;
    this.#startBy.delete(opId);
    this.parts.journal.done(opId, outcome);
    this.parts.log.info(`${kind} ended: ${outcome.status}`, { opId, code: outcome.code, records: outcome.records });
    this.#events?.changed(opId);
  }

  /** Starts what may start, ends what has waited too long. */
  #schedule(): void {
    if (this.#draining || this.#paused !== undefined || this.#events === undefined) return;
    try {
      const waiting = this.parts.journal
        .entries()
        .filter((e) => e.state !== 'done' && !this.#running.has(e.order.opId));
      for (const entry of waiting) {
        if (this.#tooLate(entry)) this.#expire(entry);
        else if (entry.run >= entry.order.maxRuns) this.#crashed(entry);
        else if (this.#holds === 0 && this.#running.size < this.parts.maxRunning) this.#begin(entry);
      }
      this.#planExpiry(waiting);
    } catch (error) {
      this.#pause(asFailure(error, 'start an operation'));
    }
  }

  /** `startWithin` holds for orders that never began; a run that was cut off begins again whenever it can. */
  #tooLate(entry: Entry): boolean {
    return entry.state === 'accepted' && this.parts.clock.monotonic() >= this.#startByOf(entry);
  }

  /**
   * Counted on the monotonic clock, so that a wall clock that is set does not expire what just came. Only over a restart is the
   * wall asked, and believed within bounds.
   */
  #startByOf({ order, acceptedAt }: Entry): number {
    const known = this.#startBy.get(order.opId);
    if (known !== undefined) return known;
    const { clock } = this.parts;
    const span = order.startWithin * 1000;
    const startBy = clock.monotonic() + Math.min(span, Math.max(0, acceptedAt + span - clock.now()));
    this.#startBy.set(order.opId, startBy);
    return startBy;
  }

  #expire(entry: Entry): void {
    const note = `not begun within ${entry.order.startWithin} s`;
    this.#finish(entry, { status: 'expired', code: 'E_EXPIRED', note, records: 0, digest: emptyDigest });
  }

  #crashed(entry: Entry): void {
    const { sentRec: records, digest } = entry;
    const note = 'the agent ended during the last of its runs';
    this.#finish(entry, { status: records > 0 ? 'partial' : 'failed', code: 'E_CRASHED', note, records, digest });
  }

  #planExpiry(waiting: readonly Entry[]): void {
    this.#expiry();
    const due = waiting
      .filter((e) => e.state === 'accepted' && !this.#running.has(e.order.opId))
      .map((e) => this.#startByOf(e));
    if (due.length === 0) return;
    const wait = Math.max(1, Math.min(...due) - this.parts.clock.monotonic());
    this.#expiry = this.parts.clock.after(wait, () => this.#schedule());
  }

  #begin(entry: Entry): void {
    const { journal, log } = this.parts;
    const { opId, kind } = entry.order;
    // Looked at again: the order may be of an earlier version of this agent.
    const judged = this.#judge(entry.order, journal.input(opId));
    if ('status' in judged) return this.#finish(entry, judged);
    const started = journal.start(opId, entry.run + 1);
    this.#startBy.delete(opId);
    log.info(`${kind} begins`, { opId, run: started.run });
    const abort = new AbortController();
    const backlog = new Backlog();
    const ended = this.#run(started, judged, abort, backlog).then(
      () => this.#ended(opId),
      (error: unknown) => {
        this.#running.delete(opId);
        this.#pause(asFailure(error, `run ${kind}`));
      },
    );
    this.#running.set(opId, { kind, abort, backlog, ended });
    this.#events?.changed(opId);
  }

  async #run(started: Entry, { operation, value }: Judged, abort: AbortController, backlog: Backlog): Promise<void> {
    const { journal, clock, log } = this.parts;
    const { opId, timeLimit } = started.order;
    const takeBack = clock.after(timeLimit * 1000, () =>
      abort.abort({ status: 'expired', note: `not done within ${timeLimit} s` } satisfies Ending),
    );
    try {
      const outcome = await runOperation(
        started,
        operation,
        value,
        {
          journal,
          clock,
          log,
          backlog,
          changed: () => this.#events?.changed(opId),
          progress: (progress) => this.#events?.progress({ opId, run: started.run, ...progress }),
        },
        abort,
      );
      if (outcome !== undefined) this.#finish(started, outcome);
    } finally {
      takeBack();
    }
  }

  #ended(opId: string): void {
    this.#running.delete(opId);
    this.#schedule();
  }

  /** The journal does not take it: say so once, start nothing, look again later. Runs that were cut off keep their state. */
  #pause(fault: Failure): void {
    if (this.#paused !== undefined || this.#draining) return;
    this.#paused = this.parts.clock.after(storagePauseMs, () => {
      this.#paused = undefined;
      this.#schedule();
    });
    this.#events?.storageFailed(fault);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const refusal = (code: string, note: string): Outcome => ({
  status: 'rejected',
  code,
  note: note.slice(0, 4096),
  records: 0,
  digest: emptyDigest,
});

/** What the operation's schema makes of an input, or what is wrong with it. */
function readInput(operation: Operation, input: unknown): { readonly value?: unknown; readonly issue?: string } {
  const result = operation.input['~standard'].validate(input);
  if (result instanceof Promise) return { issue: 'its schema answers later' };
  const issue = result.issues?.[0];
  if (issue !== undefined) return { issue: `${issue.path?.join('.') ?? ''}: ${issue.message}` };
  return { value: (result as { value: unknown }).value };
}
