/** Step 2, remembered: every address is judged once, and at most so many are let in, whoever speaks of them. */
import { type Address, type Sighting, tryParseAddress } from '../contract/index.js';
import type { Scope } from './scope.js';

/** More addresses than one node has; a sighting with more is cut. */
const maxAddressesOfNode = 1000;

export interface Admitted {
  /** What stands for the node within the scan. */
  readonly node: string;
  readonly addresses: readonly Address[];
}

export class Admission {
  /** Addresses that were let in, and the names of nodes without any: both are bounded together. */
  readonly #visited = new Set<string>();
  /** Start addresses that are excluded, by reason. */
  readonly #leftAlone = new Map<string, number>();
  #leftOut = 0;
  #stopped = false;

  constructor(
    private readonly scope: Scope,
    private readonly maxAddresses: number,
  ) {}

  /**
   * True once for each address that may be touched.
   * @param wanted the order asked for it: why it is left alone is then worth a note
   */
  admits(address: Address, wanted = false): boolean {
    if (this.#visited.has(address) || this.#isFull()) return false;
    const reason = this.scope.excludes(address);
    if (reason !== undefined) {
      if (wanted) this.#leftAlone.set(reason, (this.#leftAlone.get(reason) ?? 0) + 1);
      return false;
    }
    this.#visited.add(address);
    return true;
  }

  has(address: Address): boolean {
    return this.#visited.has(address);
  }

  /** The bound was met: nothing more is let in. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * What of a sighting may be reported and touched; undefined when it has addresses and none of them may. `asked` holds the
   * addresses of a running look, which were let in for it: each is taken out when it is answered.
   */
  ofSighting(sighting: Sighting, asked?: Map<Address, unknown>): Admitted | undefined {
    const said = [...sighting.addresses].slice(0, maxAddressesOfNode);
    const known = new Set(said.map((a) => (typeof a === 'string' ? tryParseAddress(a) : undefined)));
    const addresses = [...known].filter((a) => a !== undefined).filter((a) => asked?.delete(a) || this.admits(a));
    if (addresses[0] !== undefined) return { node: addresses[0], addresses };
    if (said.length > 0 || this.#isFull()) {
      this.#leftOut += 1;
      return undefined;
    }
    const node = `unnamed:${this.#visited.size + 1}`;
    this.#visited.add(node);
    return { node, addresses };
  }

  /** For the summary. */
  *notes(): Generator<string> {
    if (this.#stopped) yield `stopped at ${this.maxAddresses} addresses (operations.maxAddresses); there were more`;
    for (const [reason, count] of this.#leftAlone)
      yield `${count} start ${count === 1 ? 'address' : 'addresses'} left alone: ${reason}`;
    if (this.#leftOut > 0)
      yield `${this.#leftOut} sightings left out: their addresses are excluded, beyond the bound or were seen before`;
  }

  #isFull(): boolean {
    this.#stopped ||= this.#visited.size >= this.maxAddresses;
    return this.#stopped;
  }
}
