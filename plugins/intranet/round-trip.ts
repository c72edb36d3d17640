/** How long an answer may take, learnt from those that came: smoothed round trip and its variation (RFC 6298). */

/** No host is waited for longer than this for one question: a scan that waits longer finds few more and never ends. */
const longestMs = 3000;

export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;

  sample(ms: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
    this.#smoothed += (ms - this.#smoothed) / 8;
  }

  /** The wait after a question: never shorter than the probe's own, longer where the network is slow. */
  waitMs(base: number): number {
    if (this.#smoothed === undefined) return base;
    return Math.min(longestMs, Math.max(base, this.#smoothed + 4 * this.#variation));
  }
}
