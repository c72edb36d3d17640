/**
 * One connection of an agent, without its socket: events come in, effects go out, nothing else happens here. The order that
 * must hold: an operation is durable before it is sent, records before `ack`, the outcome before `settle`.
 */
import type { Frame, FrameOf, Pair } from '../../core/wire/frames.js';
import { closeCodes, protocolVersion } from '../../core/wire/ids.js';
import type { Claimed, Effect, SessionEvent, SessionSettings } from './events.js';
import type { Change, Order, Outcome, OutcomeOrigin } from './order.js';
import { endedHere, forPair, listsFor, lostRecords, recordsLost, resend } from './reconcile.js';

type Phase = 'hello' | 'claiming' | 'welcomed' | 'checked' | 'ready' | 'closed';

interface Tracked extends Order {
  /** Records that are on disk, and their run; `records` and `run` are those that only arrived as well. */
  durable: number;
  durableRun: number;
  /** The agent has it, by its journal or because it was sent on this connection. */
  said: boolean;
  /** When it was sent, until the agent answers. */
  sentAt: number | undefined;
}

export class Session {
  readonly #settings: SessionSettings;
  readonly #orders = new Map<string, Tracked>();
  /** What ended on this connection: a list that was read a moment before may still call it open. */
  readonly #ended = new Set<string>();
  /** Operations that wait for credit, in the order in which they go out. */
  #queue: string[] = [];
  #phase: Phase = 'hello';
  #hello: FrameOf<'hello'> | undefined;
  #epoch = 0;
  #maxSeen = 0;
  /** Highest opSeq given out: numbers go on from the agent's own without a gap. */
  #seq = 0;
  #limit = 0;
  #lastFrameAt: number;
  #effects: Effect[] = [];

  constructor(settings: SessionSettings, at: number) {
    this.#settings = settings;
    this.#lastFrameAt = at;
  }

  get hello(): FrameOf<'hello'> | undefined {
    return this.#hello;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isReady(): boolean {
    return this.#phase === 'ready';
  }

  on(event: SessionEvent): Effect[] {
    this.#effects = [];
    if (this.#phase === 'closed') return this.#effects;
    switch (event.type) {
      case 'frame':
        this.#lastFrameAt = event.at;
        this.#frame(event.frame, event);
        break;
      case 'claimed':
        this.#claimed(event, event.now);
        break;
      case 'committed':
        this.#committed(event.changes, event);
        break;
      case 'orders':
        this.#ordersAdded(event.orders, event);
        break;
      case 'cancel':
        this.#cancelled(event.opId, event.reason);
        break;
      case 'tick':
        this.#tick(event);
        break;
    }
    return this.#effects;
  }

  #frame(frame: Frame, time: { at: number; now: number }): void {
    if (this.#phase === 'hello') {
      if (frame.type !== 'hello') {
        this.#close(closeCodes.protocol, `${frame.type} before hello`);
        return;
      }
      this.#hello = frame;
      this.#phase = 'claiming';
      this.#effects.push({ type: 'claim', hello: frame });
      return;
    }
    if (this.#phase === 'welcomed' || this.#phase === 'checked') {
      if (frame.type === 'bye') {
        this.#commit({ type: 'release' });
        return;
      }
      if (frame.type !== 'ready' || frame.epoch !== this.#epoch) {
        this.#close(closeCodes.protocol, `${frame.type} instead of ready`);
        return;
      }
      if (this.#phase === 'checked') {
        this.#close(1000, 'checked');
        return;
      }
      this.#phase = 'ready';
      this.#effects.push({ type: 'ready' });
      this.#issue(time);
      return;
    }
    if (this.#phase !== 'ready') {
      this.#close(closeCodes.protocol, `${frame.type} before welcome`);
      return;
    }
    switch (frame.type) {
      case 'accept':
        this.#limit = frame.limit;
        this.#accepted(frame.opId);
        this.#issue(time);
        return;
      case 'credit':
        this.#limit = frame.limit;
        this.#issue(time);
        return;
      case 'heartbeat':
        this.#send({ type: 'heartbeat-ack', n: frame.n });
        this.#commit({ type: 'seen' });
        if (frame.limit !== undefined) this.#limit = frame.limit;
        this.#issue(time);
        return;
      case 'progress':
        if (this.#orders.has(frame.opId)) this.#effects.push({ type: 'progress', progress: frame });
        return;
      case 'start':
        this.#started(frame);
        return;
      case 'record':
        this.#record(frame);
        return;
      case 'done':
        this.#done(frame);
        return;
      case 'bye':
        this.#commit({ type: 'release' });
        return;
      case 'heartbeat-ack':
      case 'error':
        return;
      default:
        this.#close(closeCodes.protocol, `${frame.type} is not the agent's to send`);
        return;
    }
  }

  #claimed({ verdict, epoch, open, concluded }: Claimed, now: number): void {
    const hello = this.#hello;
    if (hello === undefined) return;
    if (verdict.type === 'refuse') {
      this.#close(verdict.code, verdict.reason);
      return;
    }
    this.#epoch = epoch;
    const { spaceId, slotId, heartbeat } = this.#settings;
    const pair: Pair = { spaceId, slotId };
    const welcome = { type: 'welcome', version: protocolVersion, pair, epoch, heartbeat, now } as const;
    if (verdict.type === 'check') {
      this.#phase = 'checked';
      this.#send({ ...welcome, open: [], settle: [], cancel: [], have: [] });
      return;
    }
    this.#phase = 'welcomed';
    const { maxSeen, limit, ops } = forPair(hello, spaceId, slotId);
    this.#maxSeen = this.#seq = maxSeen;
    this.#limit = limit;
    for (const order of open) this.#track(order);
    this.#send({ ...welcome, ...listsFor(ops, this.#orders, new Set(concluded)) });
    const journaled = new Set(ops.map((op) => op.opId));
    for (const op of ops) {
      const order = this.#orders.get(op.opId);
      if (order === undefined) continue;
      order.said = true;
      if (lostRecords(order, op)) this.#conclude(order, recordsLost(order), 'records-lost');
      // An accept that was lost on the way is made up for by hello.
      else this.#accepted(op.opId);
    }
    this.#queue = [...this.#orders.values()]
      .filter((order) => !journaled.has(order.opId))
      .sort(inOrderOfIssue)
      .map((order) => order.opId);
  }

  #track(order: Order): void {
    this.#orders.set(order.opId, {
      ...order,
      durable: order.records,
      durableRun: order.run,
      said: false,
      sentAt: undefined,
    });
  }

  #ordersAdded(orders: readonly Order[], time: { at: number; now: number }): void {
    for (const order of orders) {
      if (this.#orders.has(order.opId)) {
        if (order.cancelReason !== null) this.#cancelled(order.opId, order.cancelReason);
        continue;
      }
      if (this.#ended.has(order.opId)) continue;
      this.#track(order);
      this.#queue.push(order.opId);
    }
    this.#issue(time);
  }

  /** Gives numbers to what waits, as far as the agent's credit goes. */
  #issue(time: { at: number; now: number }): void {
    if (this.#phase !== 'ready' || this.#hello === undefined) return;
    const { instance } = this.#hello;
    const left: string[] = [];
    for (const opId of this.#queue) {
      const order = this.#orders.get(opId);
      if (order === undefined || order.state === 'done') continue;
      const next = resend(order, instance, this.#maxSeen, time.now);
      if (next.type === 'conclude') this.#conclude(order, next.outcome);
      // The agent settled it before, and answers E_FORGOTTEN under the number that it knows.
      else if (next.type === 'ask') this.#sendOrder(order, time);
      else if (this.#seq + 1 > this.#limit || left.length > 0) left.push(opId);
      else {
        order.opSeq = ++this.#seq;
        order.sentTo = instance;
        order.state = 'issued';
        order.run = next.runsUsed;
        // Whoever had it before is gone, and this agent's first run begins at record 1.
        order.records = order.durable = order.keep = 0;
        order.durableRun = next.runsUsed;
        this.#commit({ type: 'issue', opId, opSeq: order.opSeq, instance, runsUsed: next.runsUsed });
      }
    }
    this.#queue = left;
  }

  #sendOrder(order: Tracked, time: { at: number; now: number }): void {
    const waitedSeconds = (time.now - order.createdAt) / 1000;
    const { opId, kind, kindVersion, input, timeLimit, maxRuns } = order;
    order.sentAt = time.at;
    order.said = true;
    this.#send({
      type: 'op',
      opId,
      opSeq: order.opSeq ?? 0,
      kind,
      kindVersion,
      input,
      class: order.class,
      startWithin: Math.min(order.startWithin, Math.max(1, order.startWithin - waitedSeconds)),
      timeLimit,
      firstRun: Math.min(order.run + 1, maxRuns),
      maxRuns,
    });
    if (order.cancelReason !== null) this.#send({ type: 'cancel', opId, reason: order.cancelReason });
  }

  #accepted(opId: string): void {
    const order = this.#orders.get(opId);
    if (order === undefined || !order.said) return;
    order.sentAt = undefined;
    if (order.state !== 'waiting' && order.state !== 'issued') return;
    order.state = 'accepted';
    this.#commit({ type: 'accept', opId });
  }

  #started({ opId, run, keep }: FrameOf<'start'>): void {
    const order = this.#orders.get(opId);
    // Said again after a reconnect: the records of this run that are already durable stay.
    if (order === undefined || order.state === 'done' || run <= order.run) return;
    order.state = 'started';
    order.run = run;
    order.keep = keep;
    order.records = Math.min(order.records, keep);
    order.sentAt = undefined;
    this.#commit({ type: 'start', opId, run, keep });
  }

  #record(frame: FrameOf<'record'>): void {
    const { opId, run, rec, body } = frame;
    const order = this.#orders.get(opId);
    if (order === undefined || order.state === 'done') return;
    if (run > order.run || order.state !== 'started') {
      this.#close(closeCodes.protocol, `record of run ${run} before its start`);
      return;
    }
    if (rec <= order.records) {
      this.#send({ type: 'ack', opId, run: order.durableRun, rec: order.durable });
      return;
    }
    // What a later run dropped may still arrive once more.
    if (run < order.run && rec > order.keep) return;
    if (rec !== order.records + 1) {
      this.#close(closeCodes.protocol, `record ${rec} after record ${order.records}`);
      return;
    }
    order.records = rec;
    this.#commit({ type: 'record', opId, run, rec, body });
  }

  #done(frame: FrameOf<'done'>): void {
    const { type: _, opId, ...outcome } = frame;
    const order = this.#orders.get(opId);
    // Known by its outcome or not at all: either way nothing is to be kept, and the agent may forget.
    if (order === undefined) {
      this.#send({ type: 'settle', opId, digest: frame.digest });
      return;
    }
    if (order.state === 'done') return;
    // Settled long ago over there; what is here was never completed, because an older backup of the space came back.
    const forgotten = frame.code === 'E_FORGOTTEN' && frame.run === 0;
    if (!forgotten && frame.records !== order.records) {
      this.#send({
        type: 'error',
        code: 'E_PROTOCOL',
        ref: opId,
        note: `${order.records} of ${frame.records} records`,
      });
      this.#close(closeCodes.protocol, `done with ${frame.records} records after ${order.records}`);
      return;
    }
    order.state = 'done';
    order.sentAt = undefined;
    this.#commit({ type: 'outcome', opId, outcome, origin: forgotten ? 'agent-forgot' : 'agent' });
  }

  #conclude(order: Tracked, outcome: Outcome, origin: OutcomeOrigin = 'space'): void {
    order.state = 'done';
    this.#commit({ type: 'outcome', opId: order.opId, outcome, origin });
  }

  #cancelled(opId: string, reason: string): void {
    const order = this.#orders.get(opId);
    if (order === undefined || order.state === 'done' || order.cancelReason !== null) return;
    order.cancelReason = reason;
    if (order.state === 'waiting') this.#conclude(order, endedHere(order, 'cancelled', 'E_CANCELLED', reason));
    else if (order.said && this.#phase === 'ready') this.#send({ type: 'cancel', opId, reason });
  }

  /** What was asked for is on disk: now it may be said. Acknowledgements of one operation come as one. */
  #committed(changes: readonly Change[], time: { at: number; now: number }): void {
    const acks = new Set<Tracked>();
    for (const change of changes) {
      if (change.type === 'seen' || change.type === 'release') continue;
      const order = this.#orders.get(change.opId);
      if (order === undefined) continue;
      if (change.type === 'record') {
        order.durable = change.rec;
        acks.add(order);
      } else if (change.type === 'start') {
        order.durable = Math.min(order.durable, change.keep);
        order.durableRun = change.run;
      } else if (change.type === 'issue') {
        if (change.endedMeanwhile === true) this.#takeBack(order);
        else this.#sendOrder(order, time);
      } else if (change.type === 'outcome') {
        this.#orders.delete(change.opId);
        this.#ended.add(change.opId);
        acks.delete(order);
        if (change.origin !== 'space') this.#send({ type: 'settle', opId: change.opId, digest: change.outcome.digest });
      }
    }
    // With the run that is on disk: a later start may only have arrived, and its records are others.
    for (const { opId, durableRun: run, durable } of acks) this.#send({ type: 'ack', opId, run, rec: durable });
  }

  /** It ended before it was sent. The number is given again, so that it does not cost the agent's credit. */
  #takeBack({ opId, opSeq }: Tracked): void {
    this.#orders.delete(opId);
    this.#ended.add(opId);
    if (opSeq === this.#seq) this.#seq -= 1;
  }

  #tick(time: { at: number; now: number }): void {
    const { at } = time;
    const { heartbeat, requestTimeout } = this.#settings;
    const silentMs = at - this.#lastFrameAt;
    const limitMs = this.#phase === 'ready' ? (heartbeat.interval + heartbeat.timeout) * 1000 : requestTimeout * 1000;
    if (silentMs > limitMs) {
      this.#close(closeCodes.timeout, `silent for ${Math.round(silentMs / 1000)} s`);
      return;
    }
    for (const order of this.#orders.values()) {
      if (order.sentAt !== undefined && at - order.sentAt > requestTimeout * 1000) {
        this.#close(closeCodes.timeout, 'no answer to an operation');
        return;
      }
    }
    this.#issue(time);
  }

  #send(frame: Frame): void {
    this.#effects.push({ type: 'send', frame });
  }

  #commit(change: Change): void {
    this.#effects.push({ type: 'commit', change });
  }

  #close(code: number, reason: string): void {
    this.#phase = 'closed';
    this.#effects.push({ type: 'close', code, reason });
  }
}

/** What was issued before goes first, by its number; then what waits, oldest first (UUIDv7 sorts by time). */
function inOrderOfIssue(a: Order, b: Order): number {
  if (a.state === 'waiting' || b.state === 'waiting')
    return a.state === b.state ? (a.opId < b.opId ? -1 : 1) : a.state === 'waiting' ? 1 : -1;
  return (a.opSeq ?? 0) - (b.opSeq ?? 0);
}
