/**
 * How long an agent is left alone between two questions. It is never asked two at a time; one that takes much longer than it can is
 * busy, often with the traffic that it is there for, and is given as much time as it was kept at work, up to half a second.
 */

/** Less is the jitter of a network and of this side. */
const busyMilliseconds = 200;
const longestRestMilliseconds = 500;

export class Rest {
  /** The way there and back, and the least that the agent needs. */
  #fastest = Number.POSITIVE_INFINITY;

  /** @returns milliseconds to rest before the next question */
  after(tookMilliseconds: number): number {
    this.#fastest = Math.min(this.#fastest, tookMilliseconds);
    const busy = tookMilliseconds - this.#fastest;
    return busy < busyMilliseconds ? 0 : Math.min(busy, longestRestMilliseconds);
  }
}
