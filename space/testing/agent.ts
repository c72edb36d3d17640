/**
 * A whole agent in memory: keeps its journal over drops, resends by comparing with `welcome.have`, as core/link does. For
 * tests that cut and kill, and for measuring.
 */
import type { Frame, FrameOf } from '../../core/wire/frames.js';
import { digestOf, randomHex, Wire } from './wire.js';

interface Work {
  readonly order: FrameOf<'op'>;
  run: number;
  /** Highest record that exists in the journal. */
  sent: number;
  /** Highest record given to this connection. */
  pushed: number;
  acked: number;
  done: boolean;
  settled: boolean;
}

/** Frames that may be under way without an acknowledgement. */
const window = 4096;

export class MemoryAgent {
  readonly boot = randomHex();
  readonly work = new Map<string, Work>();
  maxSeen = 0;
  runs = 0;
  connects = 0;
  /** Says `done` only when every record is acknowledged. */
  patient = false;
  /** Called when the last record is acknowledged. */
  acknowledged: () => void = () => undefined;
  readonly #digest: string;
  #pair: FrameOf<'welcome'>['pair'] | null = null;

  /** @param bodies what an operation's one run yields. */
  constructor(
    private readonly token: string,
    private readonly bodies: readonly unknown[],
    private readonly instance = randomHex(),
  ) {
    this.#digest = digestOf(bodies);
  }

  /** Works until one operation more is settled and none is open; a lost link rejects. */
  async serve(url: string, cutAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const open = [...this.work.values()].filter((w) => !w.settled);
    const { wire, welcome } = await Wire.greeted(url, this.token, {
      instance: this.instance,
      boot: this.boot,
      pair: this.#pair,
      maxSeen: this.maxSeen,
      limit: this.maxSeen + 100 - open.length,
      ops: open.map((w) => ({
        opId: w.order.opId,
        opSeq: w.order.opSeq,
        state: w.run === 0 ? 'accepted' : w.sent === this.bodies.length ? 'done' : 'started',
        run: w.run,
        sentRec: w.sent,
        keeps: [],
        acked: 0,
      })),
    });
    this.connects += 1;
    this.#pair = welcome.pair;
    let sentFrames = 0;
    const send = (frame: Frame): void => {
      if (++sentFrames > cutAfter) wire.cut();
      else wire.send(frame);
    };
    const finished = new Promise<void>((resolve) => {
      const handle = (frame: Frame): void => {
        if (frame.type === 'op') this.#take(frame, send);
        const work = 'opId' in frame ? this.work.get(frame.opId) : undefined;
        if (work === undefined) return;
        if (frame.type === 'ack') {
          work.acked = frame.rec;
          if (frame.rec === this.bodies.length) this.acknowledged();
          this.#push(work, send);
        } else if (frame.type === 'settle') {
          work.settled = true;
          if ([...this.work.values()].every((w) => w.settled)) resolve();
        }
      };
      wire.handler = handle;
      for (const frame of wire.frames.splice(0)) handle(frame);
    });
    for (const opId of welcome.settle) this.work.get(opId)!.settled = true;
    for (const work of open.filter((w) => !w.settled)) {
      const have = welcome.have.find((h) => h.opId === work.order.opId);
      work.acked = work.pushed = have?.run === work.run ? have.rec : 0;
      work.done = false;
      this.#begin(work, send);
    }
    if (open.length > 0 && open.every((w) => w.settled)) return wire.close();
    const lost = wire.closed.then(({ code }) => {
      throw new Error(`closed with ${code}`);
    });
    await Promise.race([finished, lost]);
    await wire.close();
  }

  #take(order: FrameOf<'op'>, send: (frame: Frame) => void): void {
    let work = this.work.get(order.opId);
    if (work === undefined) {
      work = { order, run: 0, sent: 0, pushed: 0, acked: 0, done: false, settled: false };
      this.work.set(order.opId, work);
      this.maxSeen = Math.max(this.maxSeen, order.opSeq);
    }
    this.#begin(work, send);
  }

  #begin(work: Work, send: (frame: Frame) => void): void {
    const { opId, firstRun } = work.order;
    send({ type: 'accept', opId, limit: this.maxSeen + 99 });
    if (work.run === 0) {
      work.run = firstRun;
      this.runs += 1;
    }
    send({ type: 'start', opId, run: work.run, keep: 0 });
    this.#push(work, send);
  }

  /** Sends what the window takes; every acknowledgement makes room for more. */
  #push(work: Work, send: (frame: Frame) => void): void {
    const { opId } = work.order;
    while (work.pushed < this.bodies.length && work.pushed - work.acked < window) {
      const rec = ++work.pushed;
      work.sent = Math.max(work.sent, rec);
      send({ type: 'record', opId, run: work.run, rec, body: this.bodies[rec - 1] });
    }
    if (work.pushed < this.bodies.length || work.done || (this.patient && work.acked < work.pushed)) return;
    work.done = true;
    send({ type: 'done', opId, run: work.run, status: 'ok', records: this.bodies.length, digest: this.#digest });
  }
}
