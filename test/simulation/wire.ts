/**
 * The network between agent and space, as it can be: slow, cut at any frame, dead without a word, and late with what an old
 * connection had sent. Each end sees what it would see of a WebSocket.
 */
import { EventEmitter } from 'node:events';
import type { Clock, Random } from '../../core/contract/index.js';
import type { LinkEvents } from '../../core/link/index.js';

/** What every frame that arrives is shown to, and what each end's process must be alive for. */
export interface WireWatch {
  /** The agent sent this text; it may never arrive. */
  fromAgent(text: string): void;
  fromSpace(text: string): void;
  /** What the space hears of it; the same text, unless the space has a mutation. */
  heardBySpace(text: string): string;
  saidBySpace(text: string): string;
}

const minLatencyMs = 1;
const maxLatencyMs = 60;
/** A dead peer does not answer a close; `ws` and our link wait no longer. */
const closeGraceMs = 1000;

/** One direction: first in, first out, each with its own delay. */
class Pipe {
  #free = 0;
  /** Set while the network swallows everything without a word. */
  #held: (() => void)[] | undefined;
  broken = false;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  carry(deliver: () => void): void {
    const latency = minLatencyMs + this.random.next() * (maxLatencyMs - minLatencyMs);
    this.#free = Math.max(this.#free, this.clock.monotonic() + latency);
    this.clock.after(this.#free - this.clock.monotonic(), () => {
      if (this.broken) return;
      if (this.#held !== undefined) this.#held.push(deliver);
      else deliver();
    });
  }

  hold(): void {
    this.#held ??= [];
  }

  /** The network is back: TCP sends again what it had kept. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) if (!this.broken) deliver();
  }
}

/** The space's end, with what its links use of `ws`. */
export class SpaceSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly bufferedAmount = 0;
  isPaused = false;
  readonly #waiting: string[] = [];

  constructor(private readonly line: Line) {
    super();
  }

  send(text: string): void {
    this.line.fromSpace(text);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const text of this.#waiting.splice(0)) this.receive(text);
  }

  receive(text: string): void {
    if (this.readyState !== 1) return;
    if (this.isPaused) this.#waiting.push(text);
    else this.emit('message', Buffer.from(text), false);
  }

  close(code: number, reason = ''): void {
    this.line.closedBySpace(code, reason);
  }

  terminate(): void {
    this.line.closedBySpace(1006, '');
  }

  ended(code: number, reason: string): void {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    this.emit('close', code, Buffer.from(reason));
  }
}

/** One connection. */
export class Line {
  readonly socket: SpaceSocket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #agentEnded = false;
  #spaceEnded = false;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly agent: LinkEvents,
    private readonly watch: WireWatch,
  ) {
    this.socket = new SpaceSocket(this);
    this.#up = new Pipe(clock, random);
    this.#down = new Pipe(clock, random);
  }

  get open(): boolean {
    return !this.#agentEnded || !this.#spaceEnded;
  }

  /** The upgrade is through: the agent may speak. */
  opened(): void {
    this.agent.opened({
      send: (text) => {
        if (this.#agentEnded) return;
        this.watch.fromAgent(text);
        const heard = this.watch.heardBySpace(text);
        this.#up.carry(() => this.#spaceEnded || this.socket.receive(heard));
        this.clock.after(0, () => this.#agentEnded || this.agent.drained());
      },
      buffered: 0,
      close: (code, reason) => this.#closedByAgent(code, reason),
    });
  }

  fromSpace(text: string): void {
    if (this.#spaceEnded) return;
    this.watch.fromSpace(text);
    const said = this.watch.saidBySpace(text);
    this.#down.carry(() => this.#agentEnded || this.agent.received(said));
  }

  closedBySpace(code: number, reason: string): void {
    if (this.#spaceEnded) return;
    this.#down.carry(() => this.#endAgent(code, reason));
    this.clock.after(code === 1006 ? 0 : maxLatencyMs, () => this.#endSpace(code, reason));
  }

  #closedByAgent(code: number, reason: string): void {
    if (this.#agentEnded) return;
    this.#up.carry(() => this.#endSpace(code, reason));
    this.#down.carry(() => this.#endAgent(code, reason));
    this.clock.after(closeGraceMs, () => this.#endAgent(1006, reason));
  }

  /** The agent's own time-out, or its process is gone. */
  brokenOff(): void {
    this.#up.carry(() => this.#endSpace(1006, ''));
    this.#endAgent(1006, '');
  }

  /** What is under way is lost, and each end hears of it in its own time. @param late what the agent sent still arrives, much later */
  cut(late: boolean): void {
    this.#down.broken = true;
    this.#up.broken = !late;
    this.clock.after(this.random.next() * 1000, () => this.#endAgent(1006, 'ECONNRESET'));
    if (late) this.#up.hold();
    this.clock.after(this.random.next() * (late ? 40_000 : 5000), () => {
      this.#up.release();
      this.#endSpace(1006, '');
    });
  }

  /** From now on nothing arrives, and nobody is told. */
  silence(direction: 'both' | 'up' | 'down'): void {
    if (direction !== 'down') this.#up.hold();
    if (direction !== 'up') this.#down.hold();
  }

  heal(): void {
    this.#up.release();
    this.#down.release();
  }

  /** A process is gone: its kernel resets the connection, unless the whole machine is. */
  agentDied(): void {
    this.#agentEnded = true;
    this.#up.carry(() => this.#endSpace(1006, ''));
  }

  spaceDied(): void {
    this.#spaceEnded = true;
    this.socket.readyState = 3;
    this.#down.carry(() => this.#endAgent(1006, 'ECONNRESET'));
  }

  #endAgent(code: number, reason: string): void {
    if (this.#agentEnded) return;
    this.#agentEnded = true;
    this.agent.ended({ code, reason, local: false });
  }

  #endSpace(code: number, reason: string): void {
    if (this.#spaceEnded) return;
    this.#spaceEnded = true;
    this.socket.ended(code, reason);
  }
}
