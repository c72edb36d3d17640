/** What has changed, for pages that are open: topics, never content, so that a page asks for what it shows. */
import type { Clock } from '../core/contract/ports.js';

export type Topic = 'slots' | 'networks' | 'scans' | 'records' | 'progress' | 'all';

export interface News {
  readonly topic: Topic;
  /** The scan, slot or network. */
  readonly id?: string;
  /** For `progress`. */
  readonly data?: Record<string, unknown>;
}

/** Records come in by the thousand; a page that hears of it once a second is fresh enough. */
const minIntervalMs: Partial<Record<Topic, number>> = { records: 1000, progress: 400 };

export class Feed {
  readonly #clock: Clock;
  readonly #listeners = new Set<(news: News) => void>();
  readonly #last = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#listeners.size;
  }

  subscribe(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(news: News): void {
    const interval = minIntervalMs[news.topic];
    if (interval !== undefined) {
      const key = `${news.topic} ${news.id}`;
      const at = this.#clock.monotonic();
      if (at - (this.#last.get(key) ?? Number.NEGATIVE_INFINITY) < interval) return;
      if (this.#last.size > 1000) this.#last.clear();
      this.#last.set(key, at);
    }
    for (const listener of this.#listeners) listener(news);
  }
}
