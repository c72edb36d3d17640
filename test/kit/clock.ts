/** Virtual time: `advance` fires what is due, in order, and lets everything that waits on promises run in between. */
import type { Clock } from '../../core/contract/index.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  /** Undefined once it was taken back. */
  run: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  #monotonic: number;
  /** What the wall shows beyond the monotonic clock. */
  #wall = 0;
  #order = 0;
  readonly #timers = new Heap();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#monotonic = start;
  }

  now(): number {
    return this.#monotonic + this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { due: this.#monotonic + ms, order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        takeBack();
        reject(signal?.reason);
      };
      const takeBack = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Moves time by `ms`, firing timers at their moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      await settled();
      const next = this.#timers.popUntil(end);
      if (next === undefined) break;
      this.#monotonic = Math.max(this.#monotonic, next.due);
      next.run?.();
    }
    this.#monotonic = end;
    await settled();
  }
}

/** Timers by due time, then by the order in which they were set. */
class Heap {
  readonly #items: Timer[] = [];

  push(timer: Timer): void {
    const items = this.#items;
    let at = items.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(items[parent]!, timer)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = timer;
  }

  /** The first one that is due by then and was not taken back. */
  popUntil(end: number): Timer | undefined {
    for (;;) {
      const first = this.#items[0];
      if (first === undefined || first.due > end) return undefined;
      this.#removeFirst();
      if (first.run !== undefined) return first;
    }
  }

  #removeFirst(): void {
    const items = this.#items;
    const last = items.pop()!;
    if (items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child += 1;
      if (before(last, items[child]!)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
  }
}

const before = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

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
