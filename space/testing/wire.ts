/** An agent's end of the protocol, frame by frame, for tests of the space: says only what it is told to. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../core/wire/codec.js';
import { chainDigest, emptyDigest } from '../../core/wire/digest.js';
import type { Frame, FrameOf, FrameType } from '../../core/wire/frames.js';
import { subprotocol } from '../../core/wire/ids.js';

export const randomHex = (): string => randomBytes(16).toString('hex');

let attempts = 0;

export function hello(about: Partial<FrameOf<'hello'>> = {}): FrameOf<'hello'> {
  return {
    type: 'hello',
    versions: [1],
    purpose: 'serve',
    pair: null,
    instance: randomHex(),
    boot: randomHex(),
    attempt: ++attempts,
    lastEpoch: 0,
    name: 'test-agent',
    agentVersion: '3.0.0',
    os: 'linux',
    mode: 'intranet',
    features: [],
    maxSeen: 0,
    limit: 100,
    ops: [],
    ...about,
  };
}

export const digestOf = (bodies: readonly unknown[]): string =>
  bodies.reduce<string>((digest, body) => chainDigest(digest, JSON.stringify(body)), emptyDigest);

export class Wire {
  /** Frames that nobody has waited for yet. */
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  /** Takes every frame instead of `frames`, when it is set. */
  handler: ((frame: Frame) => void) | undefined;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const frame = decodeFrame(String(data));
      if (this.handler) this.handler(frame);
      else this.frames.push(frame);
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  static async connect(url: string, token: string): Promise<Wire> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/ksocket/connect`, subprotocol, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    const wire = new Wire(socket);
    socket.on('error', () => undefined);
    await once(socket, 'open');
    return wire;
  }

  /** Connects and greets; resolves with the welcome, after `ready` was sent. */
  static async greeted(
    url: string,
    token: string,
    about: Partial<FrameOf<'hello'>> = {},
  ): Promise<{ wire: Wire; welcome: FrameOf<'welcome'> }> {
    const wire = await Wire.connect(url, token);
    wire.send(hello(about));
    const welcome = await wire.next('welcome');
    wire.send({ type: 'ready', epoch: welcome.epoch });
    return { wire, welcome };
  }

  get backlog(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Frame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeFrame(frame));
  }

  /** Bytes as they are, valid or not. */
  sendRaw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** The next frame of this type, which is then no longer in `frames`. */
  async next<T extends FrameType>(type: T, where: (frame: FrameOf<T>) => boolean = () => true): Promise<FrameOf<T>> {
    for (;;) {
      const at = this.frames.findIndex((f) => f.type === type && where(f as unknown as FrameOf<T>));
      if (at >= 0) return this.frames.splice(at, 1)[0] as unknown as FrameOf<T>;
      if (this.#ended) throw new Error(`closed before ${type}; got ${this.frames.map((f) => f.type).join(' ')}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Breaks off without a word, as a cut cable does. */
  cut(): void {
    this.#socket.terminate();
  }

  async close(code = 1000): Promise<void> {
    this.#socket.close(code);
    await this.closed;
  }
}
