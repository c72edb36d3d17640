/** Group commit: what all links ask for within one turn of the event loop becomes one transaction, and so one fsync. */

import type { Change } from './order.js';
import type { Batch, Committed } from './store.js';

interface Waiting {
  readonly batch: Batch;
  resolve(result: Committed): void;
  reject(error: unknown): void;
}

export class Committer {
  readonly #write: (batches: readonly Batch[]) => Promise<Committed[]>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(write: (batches: readonly Batch[]) => Promise<Committed[]>) {
    this.#write = write;
  }

  commit(slotId: string, epoch: number, changes: readonly Change[]): Promise<Committed> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch: { slotId, epoch, changes }, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What the sockets bring in this turn comes along.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#write(waiting.map((w) => w.batch));
        for (const [i, w] of waiting.entries()) w.resolve(results[i] ?? 'fenced');
      } catch (error) {
        // One agent's trouble must not be the others': each is tried by itself.
        if (waiting.length === 1) waiting[0]!.reject(error);
        else for (const w of waiting) await this.#alone(w);
      }
    }
    this.#running = undefined;
  }

  async #alone(waiting: Waiting): Promise<void> {
    try {
      waiting.resolve((await this.#write([waiting.batch]))[0] ?? 'fenced');
    } catch (error) {
      waiting.reject(error);
    }
  }
}
