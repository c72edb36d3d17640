/** Virtual time: `advance` fires what is due, in order, and lets everything that waits on promises run in between. */
import type { Clock } from '../../core/contract/index.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, order: this.#order++, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeBack = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        takeBack();
        reject(signal.reason);
      });
    });
  }

  /** Moves time by `ms`, firing timers at their moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = [...this.#timers].filter((t) => t.due <= end).sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = end;
    await settled();
  }
}

/** Everything that waits on promises alone has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A generator with a seed (mulberry32), so that a failing case can be repeated. */
export function seededRandom(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, bytes: (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256))) };
}
