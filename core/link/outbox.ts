/**
 * What is to be sent, found by comparing the journal with what this connection has carried. There is no queue to lose: after
 * a drop, a restart or a new machine the same comparison gives the rest.
 */
import type { Entry, Journal } from '../journal/index.js';
import { type Frame, type FrameOf, keptSince } from '../wire/index.js';

/** How far one operation has got on this connection. */
interface Position {
  accepted: boolean;
  /** Run whose `start` the space knows. */
  run: number;
  rec: number;
  done: boolean;
}

/** A record goes out as the text that the journal holds. */
export type Outgoing =
  | Exclude<Frame, { type: 'record' }>
  | {
      readonly type: 'record';
      readonly opId: string;
      readonly run: number;
      readonly rec: number;
      readonly json: string;
    };

/** Records read from the journal in one go. */
const page = 64;

export class Outbox {
  readonly #positions = new Map<string, Position>();

  constructor(
    private readonly journal: Journal,
    private readonly limit: () => number,
  ) {}

  /** Takes the space's word for what it has (welcome.have). */
  reconcile(have: FrameOf<'welcome'>['have']): void {
    this.#positions.clear();
    for (const entry of this.journal.entries()) {
      const theirs = have.find((h) => h.opId === entry.order.opId);
      if (theirs !== undefined && theirs.run === entry.run) this.journal.acknowledged(entry.order.opId, theirs.rec);
      this.#positions.set(entry.order.opId, {
        accepted: false,
        run: theirs?.run ?? 0,
        rec: theirs?.rec ?? 0,
        done: false,
      });
    }
  }

  /** The next frame of this operation, already counted as sent; undefined when the space has been told everything. */
  *frames(opId: string): Generator<Outgoing> {
    const entry = this.journal.entry(opId);
    if (entry === undefined) {
      this.#positions.delete(opId);
      return;
    }
    const position = this.#positionOf(entry);
    if (!position.accepted) {
      position.accepted = true;
      yield { type: 'accept', opId, limit: this.limit() };
    }
    // A run below firstRun is one of an earlier installation; here nothing has begun yet.
    const began = entry.run >= entry.order.firstRun;
    if (began && position.run !== entry.run) {
      // Runs that the space never heard of may have dropped records that it still has.
      const keep = keptSince(entry.keeps, position.run);
      position.run = entry.run;
      position.rec = Math.min(position.rec, keep);
      yield { type: 'start', opId, run: entry.run, keep };
    }
    yield* this.#records(entry, position);
    const { outcome } = entry;
    if (outcome !== undefined && !position.done) {
      position.done = true;
      const { status, code, note, records, digest } = outcome;
      yield {
        type: 'done',
        opId,
        run: entry.run,
        status,
        ...(code ? { code } : {}),
        ...(note ? { note } : {}),
        records,
        digest,
      };
    }
  }

  *#records(entry: Entry, position: Position): Generator<Outgoing> {
    const { opId } = entry.order;
    while (position.rec < entry.sentRec) {
      const records = this.journal.records(opId, position.rec, page);
      if (records.length === 0) return;
      for (const { rec, json } of records) {
        position.rec = rec;
        yield { type: 'record', opId, run: entry.run, rec, json };
      }
    }
  }

  /** Sends again from what the space has acknowledged. */
  repeat(opId: string, acknowledged: number): void {
    const position = this.#positions.get(opId);
    if (position === undefined) return;
    position.rec = Math.min(position.rec, acknowledged);
    position.done = false;
  }

  #positionOf(entry: Entry): Position {
    let position = this.#positions.get(entry.order.opId);
    if (position === undefined) {
      position = { accepted: false, run: 0, rec: 0, done: false };
      this.#positions.set(entry.order.opId, position);
    }
    return position;
  }
}
