/**
 * One connection to the space, from hello to its end. Holds no state that matters: everything durable is in the journal, and
 * every connect reconciles it. Knows no socket, no time but the clock's.
 */
import type { Clock, Logger, Random } from '../contract/index.js';
import { asFailure } from '../contract/index.js';
import type { Journal } from '../journal/index.js';
import {
  closeCodes,
  closeReason,
  decodeFrame,
  emptyDigest,
  encodeFrame,
  encodeRecord,
  type Frame,
  type FrameOf,
  protocolVersion,
} from '../wire/index.js';
import { Heartbeat, type HeartbeatSettings } from './heartbeat.js';
import { Outbox } from './outbox.js';

/** The socket, as the session sees it. */
export interface Channel {
  send(text: string): void;
  /** Bytes that are not yet handed to the network. */
  readonly buffered: number;
  close(code: number, reason: string): void;
}

/** The operations, as the session sees them (core/operations fulfils it). */
export interface Orders {
  offer(order: FrameOf<'op'>): 'taken' | 'forgotten' | 'flood';
  cancel(opId: string, reason: string): void;
  acknowledged(opId: string, rec: number): void;
  settled(opId: string): void;
  /** The journal is about to belong to another slot. */
  abandon(): void;
  readonly limit: number;
}

export interface SessionParts {
  readonly channel: Channel;
  readonly journal: Journal;
  readonly orders: Orders;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly settings: HeartbeatSettings & { readonly requestTimeout: number; readonly requestRetries: number };
  readonly hello: Pick<
    FrameOf<'hello'>,
    'purpose' | 'boot' | 'attempt' | 'name' | 'agentVersion' | 'os' | 'mode' | 'features'
  >;
  ready(): void;
  /** The journal failed; this connection ends because of it. */
  failing(): void;
  /** The space says goodbye before it closes. */
  bye(code: string, retryAfter: number | undefined): void;
  /** Hears each heartbeat, and within how many seconds the next one comes. */
  turning?(withinSeconds: number): void;
}

/** Above this, nothing more is taken from the journal until the socket has drained. */
const highWaterBytes = 1024 * 1024;
/** Frames of one operation before another one has its turn: a large result does not hold up the accept of the next order. */
const turnFrames = 64;
const progressIntervalMs = 1000;

export class Session {
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #changed = new Set<string>();
  readonly #progressAt = new Map<string, number>();
  /** Operations that owe us an ack or a settle: when we last heard of them, and how often we repeated. */
  readonly #waiting = new Map<string, { takeBack: () => void; repeats: number; acknowledged: number }>();
  #state: 'hello' | 'ready' | 'closed' = 'hello';
  #creditPlanned = false;

  constructor(private readonly parts: SessionParts) {
    this.#outbox = new Outbox(parts.journal, () => parts.orders.limit);
    this.#heartbeat = new Heartbeat(parts.settings, parts.clock, parts.random, {
      send: (n) => this.#guard(() => this.#send({ type: 'heartbeat', n, limit: parts.orders.limit })),
      dead: () => this.#close(closeCodes.timeout, 'no sign of life'),
      turning: (seconds) => this.parts.turning?.(seconds),
    });
  }

  /** The socket is open. */
  opened(): void {
    this.#guard(() => this.#hello());
  }

  #hello(): void {
    const { journal, hello, orders } = this.parts;
    const { instance, pair, lastEpoch, maxSeen } = journal.identity();
    this.#send({
      type: 'hello',
      versions: [protocolVersion],
      ...hello,
      pair,
      instance,
      lastEpoch,
      maxSeen,
      limit: orders.limit,
      ops: journal.entries().map(({ order: { opId, opSeq }, state, run, sentRec, keeps, acked }) => ({
        opId,
        opSeq,
        state,
        run,
        sentRec,
        keeps: [...keeps],
        acked,
      })),
    });
  }

  /** A message arrived. */
  received(text: string): void {
    if (this.#state === 'closed') return;
    this.#heartbeat.received();
    let frame: Frame;
    try {
      frame = decodeFrame(text);
    } catch (error) {
      const failed = asFailure(error, 'read a frame');
      this.parts.log.error(`the space sent a frame that is not valid: ${failed.message}`);
      return this.#close(failed.code === 'E_LIMIT' ? closeCodes.tooLarge : closeCodes.protocol, failed.message);
    }
    this.#guard(() => (this.#state === 'hello' ? this.#greeted(frame) : this.#handle(frame)));
  }

  /** The socket is gone, by whoever. */
  closed(): void {
    this.#state = 'closed';
    this.#heartbeat.end();
    for (const { takeBack } of this.#waiting.values()) takeBack();
    this.#waiting.clear();
  }

  /** The journal has something new for this operation. */
  changed(opId: string): void {
    this.#changed.add(opId);
    this.pump();
  }

  /** Lossy: only while ready, and at most once a second an operation. */
  progress(progress: Omit<FrameOf<'progress'>, 'type'>): void {
    if (this.#state !== 'ready') return;
    const now = this.parts.clock.monotonic();
    if (now - (this.#progressAt.get(progress.opId) ?? Number.NEGATIVE_INFINITY) < progressIntervalMs) return;
    this.#progressAt.set(progress.opId, now);
    this.#send({ type: 'progress', ...progress });
  }

  /** Sends what the socket takes; called again when it has drained. */
  pump(): void {
    this.#guard(() => {
      while (this.#state === 'ready' && this.parts.channel.buffered <= highWaterBytes) {
        const [opId] = this.#changed;
        if (opId === undefined) return;
        this.#changed.delete(opId);
        if (!this.#sendSome(opId)) this.#changed.add(opId);
      }
    });
  }

  /** One turn of one operation; true when nothing of it is left. The position is kept by the outbox. */
  #sendSome(opId: string): boolean {
    let frames = 0;
    for (const frame of this.#outbox.frames(opId)) {
      if (frame.type === 'record') this.#sendText(encodeRecord(frame, frame.json));
      else this.#send(frame);
      if (frame.type === 'record' || frame.type === 'done') this.#expect(opId);
      frames += 1;
      if (frames >= turnFrames || this.parts.channel.buffered > highWaterBytes) return false;
    }
    return true;
  }

  /** No promise can be kept for now: the space is told, and nothing is accepted until the disk takes it again. */
  storageFailed(): void {
    this.#send({ type: 'bye', code: 'E_STORAGE' });
    this.parts.failing();
    this.#close(1011, 'E_STORAGE');
  }

  /** A deliberate end: the process stops. */
  goodbye(): void {
    this.#send({ type: 'bye', code: 'E_CANCELLED' });
    this.#close(1000, 'the agent ends');
  }

  #greeted(frame: Frame): void {
    if (frame.type === 'bye') return this.parts.bye(frame.code, frame.retryAfter);
    if (frame.type !== 'welcome') return this.#close(closeCodes.protocol, `${frame.type} before welcome`);
    if (frame.version !== protocolVersion) return this.#close(closeCodes.version, `version ${frame.version}`);
    const { journal, orders, log } = this.parts;
    const { pair } = journal.identity();
    if (pair !== null && (pair.spaceId !== frame.pair.spaceId || pair.slotId !== frame.pair.slotId)) orders.abandon();
    journal.adopt(frame.pair);
    if (this.parts.hello.purpose === 'serve') journal.setEpoch(frame.epoch);
    for (const opId of frame.settle) this.#settle(opId);
    this.#outbox.reconcile(frame.have);
    for (const { opId, run, rec } of frame.have) {
      if (journal.entry(opId)?.run === run) orders.acknowledged(opId, rec);
    }
    this.#state = 'ready';
    this.#send({ type: 'ready', epoch: frame.epoch });
    this.#heartbeat.begin();
    log.info('connected', { ...frame.pair, epoch: frame.epoch });
    this.parts.ready();
    for (const opId of frame.cancel) orders.cancel(opId, 'cancelled by the space');
    for (const entry of journal.entries()) this.#changed.add(entry.order.opId);
    this.pump();
  }

  #handle(frame: Frame): void {
    const { orders, journal } = this.parts;
    switch (frame.type) {
      case 'op':
        this.#ordered(frame);
        return;
      case 'ack':
        if (journal.entry(frame.opId)?.run !== frame.run) return;
        journal.acknowledged(frame.opId, frame.rec);
        orders.acknowledged(frame.opId, frame.rec);
        this.#heard(frame.opId, frame.rec);
        return;
      case 'settle':
        this.#settle(frame.opId);
        this.#planCredit();
        return;
      case 'cancel':
        orders.cancel(frame.opId, frame.reason);
        return;
      case 'heartbeat':
        this.#send({ type: 'heartbeat-ack', n: frame.n });
        return;
      case 'bye':
        this.parts.bye(frame.code, frame.retryAfter);
        return;
      case 'error':
        this.parts.log.warn(`the space reports ${frame.code}`, { ref: frame.ref, note: frame.note });
        return;
      case 'heartbeat-ack':
        return;
      default:
        this.#close(closeCodes.protocol, `${frame.type} is not for an agent`);
    }
  }

  #ordered(order: FrameOf<'op'>): void {
    const { opId } = order;
    const answer = this.parts.orders.offer(order);
    if (answer === 'flood') this.#close(closeCodes.protocol, 'orders beyond the credit');
    else if (answer === 'taken') this.changed(opId);
    else
      this.#send({
        type: 'done',
        opId,
        run: 0,
        status: 'failed',
        code: 'E_FORGOTTEN',
        records: 0,
        digest: emptyDigest,
      });
  }

  #settle(opId: string): void {
    this.parts.orders.settled(opId);
    this.parts.journal.settle(opId);
    this.#changed.delete(opId);
    this.#progressAt.delete(opId);
    this.#waiting.get(opId)?.takeBack();
    this.#waiting.delete(opId);
  }

  /** Several settles in one burst are one credit. */
  #planCredit(): void {
    if (this.#creditPlanned) return;
    this.#creditPlanned = true;
    this.parts.clock.after(0, () => {
      this.#creditPlanned = false;
      if (this.#state === 'ready') this.#guard(() => this.#send({ type: 'credit', limit: this.parts.orders.limit }));
    });
  }

  /** Something was sent that the space must answer. */
  #expect(opId: string): void {
    if (this.#waiting.has(opId)) return;
    const wait = { takeBack: () => {}, repeats: 0, acknowledged: 0 };
    this.#waiting.set(opId, wait);
    this.#watch(opId, wait);
  }

  #watch(opId: string, wait: { takeBack: () => void; repeats: number; acknowledged: number }): void {
    wait.takeBack = this.parts.clock.after(this.parts.settings.requestTimeout * 1000, () => {
      wait.repeats += 1;
      if (wait.repeats > this.parts.settings.requestRetries)
        return this.#close(closeCodes.timeout, `no answer for ${opId}`);
      this.#outbox.repeat(opId, wait.acknowledged);
      this.#watch(opId, wait);
      this.changed(opId);
    });
  }

  #heard(opId: string, rec: number): void {
    const wait = this.#waiting.get(opId);
    if (wait === undefined) return;
    wait.takeBack();
    const entry = this.parts.journal.entry(opId);
    if (entry === undefined || (entry.state !== 'done' && rec >= entry.sentRec)) {
      this.#waiting.delete(opId);
      return;
    }
    wait.acknowledged = rec;
    wait.repeats = 0;
    this.#watch(opId, wait);
  }

  /** Every way in ends here when something fails: a broken journal is said to the space, anything else closes the link. */
  #guard(work: () => void): void {
    if (this.#state === 'closed') return;
    try {
      work();
    } catch (error) {
      const failed = asFailure(error, 'session');
      this.parts.log.error(failed.message, { cause: failed.cause });
      if (failed.code === 'E_STORAGE') this.storageFailed();
      else this.#close(closeCodes.protocol, failed.message);
    }
  }

  #send(frame: Frame): void {
    this.#sendText(encodeFrame(frame));
  }

  #sendText(text: string): void {
    if (this.#state !== 'closed') this.parts.channel.send(text);
  }

  #close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.parts.channel.close(code, closeReason(reason));
    this.closed();
  }
}
