/** How long an answer may take, learnt from those that came: smoothed round trip and its variation (RFC 6298). */

/** No host is waited for longer than this for one question: a scan that waits longer finds few more and never ends. */
const longestMs = 3000;
/** From so many answers on the round trip is taken to be known. */
const fewestSamples = 8;

export class RoundTrip {
  #smoothed = 0;
  #variation = 0;
  #samples = 0;

  sample(ms: number): void {
    this.#samples += 1;
    if (this.#samples === 1) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
    this.#smoothed += (ms - this.#smoothed) / 8;
  }

  get isKnown(): boolean {
    return this.#samples >= fewestSamples;
  }

  /** The wait after a question: as long as answers take here, once that is known, and never below the floor; until then at least the base. */
  waitMs(base: number, floor: number): number {
    const measured = this.#samples === 0 ? 0 : this.#smoothed + 4 * this.#variation;
    return Math.min(longestMs, Math.max(this.isKnown ? floor : base, measured));
  }
}
