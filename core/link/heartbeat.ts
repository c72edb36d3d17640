/** Is the other end alive? A heartbeat every interval; anything that arrives within the time-out after it is a sign of life. */
import type { Clock, Random } from '../contract/index.js';

export interface HeartbeatSettings {
  /** Seconds. */
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
}

/** A timer this late means that we slept (suspend, a stopped VM), not that the peer is dead. */
const sleptMs = 2000;

export class Heartbeat {
  #nextBeat = (): void => {};
  /** Takes back the timer that waits for a sign of life; set from a beat until something arrives. */
  #deadline: (() => void) | undefined;
  #n = 0;

  constructor(
    private readonly settings: HeartbeatSettings,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: {
      send(n: number): void;
      dead(): void;
      /** The next beat comes within so many seconds. */
      turning?(withinSeconds: number): void;
    },
  ) {}

  begin(): void {
    // ± 10 %, so that a fleet that connected together does not beat together. The other end waits interval + timeout for us.
    const wait = this.settings.heartbeatInterval * (0.9 + this.random.next() * 0.2);
    this.#nextBeat = this.clock.after(wait * 1000, () => this.#beat());
    this.events.turning?.(wait);
  }

  /** Anything arrived. */
  received(): void {
    this.#deadline?.();
    this.#deadline = undefined;
  }

  end(): void {
    this.#nextBeat();
    this.received();
  }

  #beat(): void {
    this.#n += 1;
    this.events.send(this.#n);
    this.begin();
    // A beat that is still unanswered keeps its own, earlier deadline.
    this.#deadline ??= this.#wait();
  }

  #wait(): () => void {
    const due = this.clock.monotonic() + this.settings.heartbeatTimeout * 1000;
    return this.clock.after(this.settings.heartbeatTimeout * 1000, () => {
      this.#deadline = undefined;
      if (this.clock.monotonic() - due <= sleptMs) return this.events.dead();
      this.#nextBeat();
      this.#beat();
    });
  }
}
