/** The addresses that one look is asked about, in the order in which they were let in: who asked for each, and who has answered. */
import { z } from 'zod';
import { type Address, addressFromBigInt, addressToBigInt, familyOf, tryParseAddress } from '../contract/index.js';

/** Consecutive addresses, so that a /16 of 65,536 is one line of a checkpoint. */
export class Runs {
  readonly #runs: { first: Address; count: number }[] = [];
  #next: bigint | undefined;
  #family: 4 | 6 = 4;

  add(address: Address): void {
    const value = addressToBigInt(address);
    const family = familyOf(address);
    const last = this.#runs.at(-1);
    if (last !== undefined && value === this.#next && family === this.#family) last.count += 1;
    else this.#runs.push({ first: address, count: 1 });
    this.#next = value + 1n;
    this.#family = family;
  }

  get length(): number {
    return this.#runs.length;
  }

  /** `first count`, or the address alone. */
  toState(): string[] {
    return this.#runs.map(({ first, count }) => (count === 1 ? first : `${first} ${count}`));
  }
}

/** The addresses of one line of `Runs`. Empty when it is none: a state on disk may be damaged. */
export function* addressesOf(line: string): Generator<Address> {
  const [text = '', count = '1'] = line.split(' ');
  const first = tryParseAddress(text);
  if (first === undefined || !/^\d{1,8}$/.test(count)) return;
  const family = familyOf(first);
  const from = addressToBigInt(first);
  for (let i = 0n; i < BigInt(count); i++) yield addressFromBigInt(from + i, family);
}

export const roundState = z.strictObject({
  /** Who asked, and for which addresses: lines of `Runs`. */
  asked: z.array(z.strictObject({ source: z.string(), runs: z.array(z.string()) })),
  /** One bit for each address in that order, base64: it has been answered. */
  answered: z.string(),
});

export class Round {
  readonly #index = new Map<Address, number>();
  readonly #groups: { readonly source: string; readonly runs: Runs; readonly from: number }[] = [];
  #answered = new Uint8Array(1024);

  static of(state: z.infer<typeof roundState>): Round {
    const round = new Round();
    for (const { source, runs } of state.asked)
      for (const line of runs) for (const address of addressesOf(line)) round.add(address, source);
    const bits = Buffer.from(state.answered, 'base64');
    round.#answered.set(bits.subarray(0, round.#answered.length));
    return round;
  }

  add(address: Address, source: string): void {
    const index = this.#index.size;
    this.#index.set(address, index);
    if (this.#groups.at(-1)?.source !== source) this.#groups.push({ source, runs: new Runs(), from: index });
    this.#groups.at(-1)?.runs.add(address);
    if (index >> 3 < this.#answered.length) return;
    const longer = new Uint8Array(this.#answered.length * 2);
    longer.set(this.#answered);
    this.#answered = longer;
  }

  get size(): number {
    return this.#index.size;
  }

  /** Asked in this round, and not answered yet? */
  expects(address: Address): boolean {
    const index = this.#index.get(address);
    return index !== undefined && !this.#isAnswered(index);
  }

  answer(address: Address): void {
    const index = this.#index.get(address);
    if (index === undefined) return;
    const byte = index >> 3;
    this.#answered[byte] = (this.#answered[byte] ?? 0) | (1 << (index & 7));
  }

  /** Who asked for it. */
  sourceOf(address: Address): string | undefined {
    const index = this.#index.get(address);
    if (index === undefined) return undefined;
    let [low, high] = [0, this.#groups.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#groups[middle]?.from ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return this.#groups[low]?.source;
  }

  *unanswered(): Generator<Address> {
    for (const [address, index] of this.#index) if (!this.#isAnswered(index)) yield address;
  }

  toState(): z.infer<typeof roundState> {
    return {
      asked: this.#groups.map(({ source, runs }) => ({ source, runs: runs.toState() })),
      answered: Buffer.from(this.#answered.subarray(0, (this.#index.size + 7) >> 3)).toString('base64'),
    };
  }

  #isAnswered(index: number): boolean {
    return ((this.#answered[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }
}
