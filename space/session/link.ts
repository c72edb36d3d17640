/** One agent's socket and its session: frames in, effects carried out. All decisions are the session's. */
import type { RawData, WebSocket } from 'ws';
import { Failure } from '../../core/contract/failure.js';
import type { Clock, Logger } from '../../core/contract/ports.js';
import { decodeFrame, encodeFrame } from '../../core/wire/codec.js';
import type { Frame, FrameOf } from '../../core/wire/frames.js';
import { closeCodes, closeReason, maxFrameBytes } from '../../core/wire/ids.js';
import type { Claimed, Effect, SessionEvent, SessionSettings } from './events.js';
import type { Change, Order } from './order.js';
import { Session } from './session.js';
import type { Committed } from './store.js';

/** Changes that may wait for the disk before the socket is no longer read. */
const maxPending = 2000;
/** An agent that does not read what it is sent is cut off before it fills our memory. */
const maxBuffered = 16 * maxFrameBytes;
const tickMs = 5000;

/** What a link needs from the space. */
export interface LinkPorts {
  readonly clock: Clock;
  readonly log: Logger;
  claim(link: Link, hello: FrameOf<'hello'>): Promise<Claimed>;
  /** Resolves when the changes are durable; `fenced` when this connection was replaced. */
  commit(link: Link, changes: readonly Change[]): Promise<Committed>;
  progress(link: Link, progress: FrameOf<'progress'>): void;
  ready(link: Link): void;
  closed(link: Link, code: number, reason: string): void;
}

type EventBody = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at' | 'now'> : never) : never;

export class Link {
  readonly session: Session;
  readonly connectedAt: number;
  lastFrameAt: number;
  /** The agent said goodbye. */
  released = false;
  readonly #socket: WebSocket;
  readonly #ports: LinkPorts;
  #stopTick: () => void = () => undefined;
  #changes: Change[] = [];
  #committing: Promise<void> | undefined;
  #ended = false;

  constructor(
    readonly slotId: string,
    readonly tokenId: string,
    readonly remote: string,
    socket: WebSocket,
    settings: SessionSettings,
    ports: LinkPorts,
  ) {
    this.#socket = socket;
    this.#ports = ports;
    this.session = new Session(settings, ports.clock.monotonic());
    this.connectedAt = this.lastFrameAt = ports.clock.now();
  }

  start(): void {
    this.#socket.on('message', (data, isBinary) => this.#message(data, isBinary));
    this.#socket.on('error', (error) =>
      this.#ports.log.debug('socket error', { slot: this.slotId, error: error.message }),
    );
    this.#socket.on('close', (code, reason) => {
      // A close that the agent asked for is a goodbye as well (RFC 6455, 7.4.1).
      if (!this.#ended && (code === 1000 || code === 1001)) this.released = true;
      this.#end(code, reason.toString());
    });
    this.#tick();
  }

  orders(orders: readonly Order[]): void {
    this.#feed({ type: 'orders', orders });
  }

  cancel(opId: string, reason: string): void {
    this.#feed({ type: 'cancel', opId, reason });
  }

  /** Says why, closes, and does not wait for the other side longer than ws does (30 s). */
  close(code: number, reason: string, bye?: FrameOf<'bye'>): void {
    if (this.#ended) return;
    if (bye) this.#send(bye);
    // A reason has at most 123 bytes (RFC 6455, 5.5).
    this.#socket.close(code, closeReason(reason));
    this.#end(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    this.lastFrameAt = this.#ports.clock.now();
    if (isBinary) {
      this.close(closeCodes.protocol, 'binary message');
      return;
    }
    if (bytes.length > maxFrameBytes) {
      this.close(closeCodes.tooLarge, 'frame too large');
      return;
    }
    let frame: Frame;
    try {
      frame = decodeFrame(bytes.toString('utf8'));
    } catch (error) {
      const reason = error instanceof Failure ? error.place : 'bad frame';
      this.#ports.log.warn('bad frame', { slot: this.slotId, reason });
      this.close(closeCodes.protocol, reason);
      return;
    }
    this.#feed({ type: 'frame', frame });
  }

  #feed(event: EventBody): void {
    if (this.#ended) return;
    const { clock } = this.#ports;
    for (const effect of this.session.on({ ...event, at: clock.monotonic(), now: clock.now() } as SessionEvent))
      this.#carryOut(effect);
    this.#commitSoon();
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect.frame);
        return;
      case 'commit':
        if (effect.change.type === 'release') this.released = true;
        this.#changes.push(effect.change);
        return;
      case 'progress':
        this.#ports.progress(this, effect.progress);
        return;
      case 'ready':
        this.#ports.ready(this);
        return;
      case 'close':
        this.close(effect.code, effect.reason);
        return;
      case 'claim':
        void this.#claim(effect.hello);
    }
  }

  async #claim(hello: FrameOf<'hello'>): Promise<void> {
    try {
      const claimed = await this.#ports.claim(this, hello);
      this.#feed({ type: 'claimed', ...claimed });
    } catch (error) {
      this.#storageFailed(error);
    }
  }

  /** Resolves when everything that came in is durable or refused. */
  async drained(): Promise<void> {
    await this.#committing;
  }

  #commitSoon(): void {
    if (this.#changes.length > maxPending) this.#socket.pause();
    if (this.#changes.length > 0) this.#committing ??= this.#commit();
  }

  /** Hands over all that has come in so far, one batch at a time, so that the order holds. */
  async #commit(): Promise<void> {
    try {
      while (this.#changes.length > 0) {
        const changes = this.#changes;
        this.#changes = [];
        const result = await this.#ports.commit(this, changes);
        if (this.#socket.isPaused) this.#socket.resume();
        if (result === 'fenced') {
          this.close(closeCodes.replaced, 'replaced by a newer connection');
          return;
        }
        this.#feed({ type: 'committed', changes });
      }
    } catch (error) {
      this.#storageFailed(error);
    } finally {
      this.#committing = undefined;
    }
  }

  #storageFailed(error: unknown): void {
    this.#ports.log.error('storage failed', { slot: this.slotId, error: String(error) });
    this.close(closeCodes.maintenance, 'storage failed', { type: 'bye', code: 'E_STORAGE', retryAfter: 30 });
  }

  #send(frame: Frame): void {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(encodeFrame(frame));
    if (this.#socket.bufferedAmount > maxBuffered) this.terminate();
  }

  #tick(): void {
    this.#stopTick = this.#ports.clock.after(tickMs, () => {
      this.#feed({ type: 'tick' });
      if (!this.#ended) this.#tick();
    });
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTick();
    this.#ports.closed(this, code, reason);
  }
}
