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
  #takeBack = (): void => {};
  #heard = false;
  #n = 0;

  constructor(
    private readonly settings: HeartbeatSettings,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: { send(n: number): void; dead(): void },
  ) {}

  begin(): void {
    this.#plan();
  }

  /** Anything arrived. */
  received(): void {
    this.#heard = true;
  }

  end(): void {
    this.#takeBack();
  }

  #plan(): void {
    // ± 10 %, so that a fleet that connected together does not beat together.
    const wait = this.settings.heartbeatInterval * (0.9 + this.random.next() * 0.2);
    this.#takeBack = this.clock.after(wait * 1000, () => this.#beat());
  }

  #beat(): void {
    this.#n += 1;
    this.#heard = false;
    this.events.send(this.#n);
    const due = this.clock.monotonic() + this.settings.heartbeatTimeout * 1000;
    this.#takeBack = this.clock.after(this.settings.heartbeatTimeout * 1000, () => {
      if (this.#heard) this.#plan();
      else if (this.clock.monotonic() - due > sleptMs) this.#beat();
      else this.events.dead();
    });
  }
}
