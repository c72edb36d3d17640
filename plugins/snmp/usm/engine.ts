/**
 * The agent’s engine as this side knows it (RFC 3414, sections 2.2 and 2.3): its ID and its time, which every authenticated
 * question must carry, and by which old messages are told from new ones.
 */
import { type EngineTime, maxInteger } from './message.js';

/** RFC 3414, section 2.2.3. */
export const timeWindowSeconds = 150;

export class Engine {
  readonly id: Buffer;
  #boots: number;
  /** Of the last time that the engine said, on our own clock. */
  #startedAt: number;
  #latest: number;
  /** Whether time and boots come from an authenticated message; before that they are good for asking only. */
  #sure = false;

  constructor(
    { id, boots, time }: EngineTime,
    private readonly monotonic: () => number,
  ) {
    this.id = id;
    this.#boots = boots;
    this.#latest = time;
    this.#startedAt = monotonic() - time * 1000;
  }

  get sure(): boolean {
    return this.#sure;
  }

  /** What a question carries now. */
  get now(): EngineTime {
    const time = Math.floor((this.monotonic() - this.#startedAt) / 1000);
    return { id: this.id, boots: this.#boots, time: Math.min(Math.max(0, time), maxInteger) };
  }

  /**
   * An authenticated message said this (RFC 3414, section 3.2, step 7b).
   * @returns whether the message is of now and not an old one
   */
  heard(said: EngineTime): boolean {
    if (!this.#sure || said.boots > this.#boots || (said.boots === this.#boots && said.time > this.#latest))
      this.set(said, true);
    if (said.boots === maxInteger || said.boots < this.#boots) return false;
    return said.time >= this.now.time - timeWindowSeconds;
  }

  /** Takes over what the engine says its time is, whatever was believed before. */
  set({ boots, time }: EngineTime, authenticated: boolean): void {
    this.#boots = boots;
    this.#latest = time;
    this.#startedAt = this.monotonic() - time * 1000;
    this.#sure = authenticated;
  }
}
