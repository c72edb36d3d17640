/** Counts wrong keys by where they come from, so that guessing is slow. */
import type { Clock } from '../../core/contract/ports.js';

const spanMs = 60_000;
/** Addresses remembered; beyond that the count starts anew, which costs a guesser nothing and us no memory. */
const maxAddresses = 10_000;

export class Strikes {
  readonly #at = new Map<string, number[]>();

  /** @param limit wrong keys within a minute, after which even a right one has to wait. */
  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
  ) {}

  out(remote: string): boolean {
    return this.#recent(remote).length >= this.limit;
  }

  wrong(remote: string): void {
    const recent = this.#recent(remote);
    if (this.#at.size > maxAddresses) this.#at.clear();
    this.#at.set(remote, [...recent, this.clock.monotonic()]);
  }

  #recent(remote: string): number[] {
    const now = this.clock.monotonic();
    return (this.#at.get(remote) ?? []).filter((at) => now - at < spanMs);
  }
}
