/**
 * What many hosts have said is parsed and checked in pieces of some milliseconds. When several hosts are through at the same moment, their
 * pieces would run one after the other before any socket or timer is looked at again; here they take turns with those.
 */
import type { Clock } from '../contract/index.js';

/** As long as nobody notices; the piece that is under way then still ends. */
const sliceMs = 10;

export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When the event loop was last free for others. */
  #from = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Pick<Clock, 'monotonic' | 'after'>) {}

  /** Resolves when the next piece may run: at once while the slice lasts, else in the order of asking, one a turn of the event loop. */
  async next(): Promise<void> {
    if (this.#waiting.length === 0 && this.clock.monotonic() - this.#from < sliceMs) return;
    await new Promise<void>((resolve) => {
      if (this.#waiting.push(resolve) === 1) this.#letGo();
    });
  }

  #letGo(): void {
    this.clock.after(0, () => {
      this.#from = this.clock.monotonic();
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#letGo();
    });
  }
}
