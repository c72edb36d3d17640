/** Many producers, one consumer, a bounded number of values between them: a full channel makes its producers wait. */

export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  readonly #blocked: (() => void)[] = [];
  #consumer: (() => void) | undefined;
  #ended = false;
  #fault: unknown;

  constructor(private readonly capacity: number) {}

  /** Resolves when there is room; after the end it resolves at once and the value is dropped. */
  async push(value: T): Promise<void> {
    if (this.#ended) return;
    this.#values.push(value);
    this.#wake();
    while (this.#values.length > this.capacity && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#blocked.push(resolve);
      });
    }
  }

  /** No more values; what is in the channel is still delivered, then the fault, if any, is thrown. */
  end(fault?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fault = fault;
    this.#wake();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        while (this.#values.length > 0) {
          const value = this.#values.shift() as T;
          if (this.#values.length <= this.capacity) this.#release();
          yield value;
        }
        if (this.#ended) {
          if (this.#fault !== undefined) throw this.#fault;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#consumer = resolve;
        });
      }
    } finally {
      // The consumer has left: nobody may wait for it.
      this.#ended = true;
      this.#release();
    }
  }

  #wake(): void {
    this.#consumer?.();
    this.#consumer = undefined;
  }

  #release(): void {
    for (const resume of this.#blocked.splice(0)) resume();
  }
}

/** Runs tasks, at most `limit` at once, in the order in which they were added. A task that rejects is reported to `failed`. */
export class Pool {
  readonly #waiting: (() => Promise<void>)[] = [];
  /** Index of the next task: taking the first of a long array would move all the others. */
  #first = 0;
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  add(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#next();
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#running > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
    }
  }

  #next(): void {
    while (this.#running < this.limit && this.#first < this.#waiting.length) {
      const task = this.#waiting[this.#first] as () => Promise<void>;
      this.#first += 1;
      if (this.#first === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#first = 0;
      }
      this.#running += 1;
      task()
        .catch(this.failed)
        .finally(() => {
          this.#running -= 1;
          this.#next();
        });
    }
    if (this.#running === 0 && this.#waiting.length === 0) for (const resume of this.#idle.splice(0)) resume();
  }
}
