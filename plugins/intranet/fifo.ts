/** A queue whose head costs nothing to take: Array.shift of a long array copies it. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    // Drop the taken half now and then, so that each item is moved at most once on average.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** Hands out a list in random order, each once, swapping inside the list (Fisher–Yates, one step a call). */
export class Draw<T> {
  #items: T[] = [];
  #next = 0;

  constructor(private readonly random: { next(): number }) {}

  add(item: T): void {
    this.#items.push(item);
  }

  get left(): number {
    return this.#items.length - this.#next;
  }

  draw(): T | undefined {
    if (this.left === 0) {
      this.#items = [];
      this.#next = 0;
      return undefined;
    }
    const chosen = this.#next + Math.floor(this.random.next() * this.left);
    const item = this.#items[chosen];
    const first = this.#items[this.#next];
    if (item === undefined || first === undefined) return undefined;
    this.#items[chosen] = first;
    this.#next += 1;
    return item;
  }
}
