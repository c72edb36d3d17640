/**
 * What one network behind a router may get of a sweep: the line to a small site is slower than the one here, and its router has to
 * find every silent host by ARP. A token bucket for each /24 (IPv4) or /64 (IPv6).
 */
import type { Address, Clock } from 'ksocket/plugin';

/** Tokens that may gather, in milliseconds of the budget. */
const burstMs = 50;

export class SubnetBudget {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly clock: Clock,
    /** Packets a second to one network. */
    private readonly rate: number,
  ) {}

  take(address: Address, packets: number): boolean {
    const key = networkOf(address);
    const now = this.clock.monotonic();
    const most = Math.max(1, (this.rate * burstMs) / 1000);
    const bucket = this.#buckets.get(key) ?? { tokens: most, at: now };
    this.#buckets.set(key, bucket);
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) * this.rate) / 1000);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= packets;
    return true;
  }

  /** They did not leave: whoever finds a probe busy must not use up the share of those that it is busy with. */
  giveBack(address: Address, packets: number): void {
    const bucket = this.#buckets.get(networkOf(address));
    if (bucket !== undefined) bucket.tokens += packets;
  }
}

function networkOf(address: Address): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'));
  // Of the canonical form; `::` in the first half makes a shorter key, which is shared by more addresses and so only gentler.
  return address.split(':').slice(0, 4).join(':');
}
