/**
 * The last 65,536 questions of a probe, by a number of 16 bits that the answer brings back. A ring, because a sweep asks millions:
 * at 20,000 packets a second a question is remembered for 3 s, at 2,000 for half a minute, longer than its answer is waited for.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';

const size = 0x1_0000;

export class Asked {
  readonly #addresses = new Array<Address | undefined>(size).fill(undefined);
  readonly #secrets = new Uint32Array(size);
  readonly #at = new Float64Array(size);
  #next: number;

  constructor(
    private readonly clock: Clock,
    random: Random,
  ) {
    this.#next = random.bytes(2).readUInt16BE();
  }

  /**
   * @param secret what an answer has to bring back besides, 32 bits
   * @returns the number of the question, 16 bits
   */
  put(address: Address, secret = 0): number {
    const number = this.#next;
    this.#next = (number + 1) % size;
    this.#addresses[number] = address;
    this.#secrets[number] = secret;
    this.#at[number] = this.clock.monotonic();
    return number;
  }

  /**
   * Milliseconds since this was asked of this address; undefined when it was not, or too long ago.
   * @param secret left out where what answers cannot know it: a router quotes only the first bytes
   */
  age(number: number, address: Address, secret?: number): number | undefined {
    if (this.#addresses[number] !== address) return undefined;
    if (secret !== undefined && this.#secrets[number] !== secret) return undefined;
    return this.clock.monotonic() - (this.#at[number] ?? 0);
  }
}
