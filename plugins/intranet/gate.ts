import { Fifo } from './fifo.js';

/** Lets a bounded number of asynchronous works go on at once, in the order in which they came. */
export class Gate {
  #free: number;
  readonly #line = new Fifo<() => void>();

  constructor(width: number) {
    this.#free = width;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** Values on their way from callbacks to one `for await`; it holds what the reader has not yet taken. */
export class Outbox<T> {
  readonly #values: T[] = [];
  #ended = false;
  #error: { readonly reason: unknown } | undefined;
  #wake: () => void = () => undefined;

  put(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The reader gets this instead of further values. */
  fail(reason: unknown): void {
    this.#error ??= { reason };
    this.#wake();
  }

  async *values(): AsyncGenerator<T> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error.reason;
      if (this.#values.length > 0) yield* this.#values.splice(0);
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
