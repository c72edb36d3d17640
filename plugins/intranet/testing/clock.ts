/** A clock for tests that jumps to the next thing that waits, so that seconds of waiting take none. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from 'ksocket/plugin';

export class JumpingClock implements Clock {
  #now = 0;
  #order = 0;
  #waiting: { at: number; order: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const it = { at: this.#now + ms, order: this.#order++, run };
    this.#waiting.push(it);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== it);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }

  /** Jumps until the work is done. @throws what the work throws, or that nothing waits while it is not done */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = () => {
      done = true;
    };
    work.then(finish, finish);
    while (!done) {
      await turn();
      if (done) break;
      const next = this.#waiting.sort((a, b) => a.at - b.at || a.order - b.order).shift();
      if (next === undefined) {
        // Real sockets may still be at work: leave them a few turns.
        await turn();
        continue;
      }
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    return work;
  }
}
