/**
 * What one network behind a router may get of a sweep: the line to a small site is slower than the one here, and its router has to
 * find every silent host by ARP. A bucket for each /24 (IPv4) or /64 (IPv6).
 */
import { type Address, addressToBigInt, type Clock } from 'ksocket/plugin';
import { TokenBucket } from './token-bucket.js';

/** Tokens that may gather, in milliseconds of the budget. */
const burstMs = 50;

export class SubnetBudget {
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly clock: Clock,
    /** Packets a second to one network. */
    private readonly rate: number,
  ) {}

  take(address: Address, packets: number): boolean {
    return this.#bucketOf(address).take(packets);
  }

  /** They did not leave: whoever finds a probe busy must not use up the share of those that it is busy with. */
  giveBack(address: Address, packets: number): void {
    this.#bucketOf(address).giveBack(packets);
  }

  #bucketOf(address: Address): TokenBucket {
    const key = networkOf(address);
    const most = Math.max(1, (this.rate * burstMs) / 1000);
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.clock, { rate: this.rate, most });
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function networkOf(address: Address): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'));
  return (addressToBigInt(address) >> 64n).toString(16);
}
