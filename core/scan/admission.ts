/** Step 2, remembered: every address is judged once, and at most so many are let in, whoever speaks of them. */
import { type Address, type Sighting, tryParseAddress } from '../contract/index.js';
import { addressesOf, Runs } from './round.js';
import type { Scope } from './scope.js';
import type { ScanState } from './state.js';

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
  readonly #runs = new Runs();
  readonly #unnamed: ScanState['unnamed'] = [];
  /** Nodes that a crash left half said, until they are said again. */
  readonly #forgotten = new Set<string>();
  #unnamedSoFar = 0;
  /** Start addresses that are excluded, by reason. */
  readonly #leftAlone = new Map<string, number>();
  #leftOut = 0;
  #stopped = false;

  constructor(
    private readonly scope: Scope,
    private readonly maxAddresses: number,
    /** Told why an address is left alone. */
    private readonly left: (address: Address, source: string, why: string) => void = () => undefined,
  ) {}

  /**
   * True once for each address that may be touched.
   * @param source who speaks of it; what the order asked for (`start`) and is left alone is worth a note
   */
  admits(address: Address, source = 'scan'): boolean {
    if (this.#visited.has(address)) return false;
    if (this.#isFull()) {
      this.left(address, source, this.stopped ?? '');
      return false;
    }
    const reason = this.scope.excludes(address);
    if (reason !== undefined) {
      if (source === 'start') this.#leftAlone.set(reason, (this.#leftAlone.get(reason) ?? 0) + 1);
      this.left(address, source, reason);
      return false;
    }
    this.#visited.add(address);
    if (!this.#forgotten.delete(address)) this.#runs.add(address);
    return true;
  }

  has(address: Address): boolean {
    return this.#visited.has(address);
  }

  /** That the bound was met and nothing more is let in, in a sentence; undefined until then. */
  get stopped(): string | undefined {
    return this.#stopped
      ? `stopped at ${this.maxAddresses} addresses (operations.maxAddresses); there were more`
      : undefined;
  }

  /**
   * What of a sighting may be reported and touched; undefined when it has addresses and none of them may.
   * @param source who tells of it
   * @param by whose turn it is: step 1, or the host at that address
   * @param expects addresses of a running look, which were let in for it and have not been answered
   */
  ofSighting(
    sighting: Sighting,
    source: string,
    by: string,
    expects: (address: Address) => boolean = () => false,
  ): Admitted | undefined {
    const said = [...sighting.addresses].slice(0, maxAddressesOfNode);
    const known = new Set(said.map((a) => (typeof a === 'string' ? tryParseAddress(a) : undefined)));
    const addresses = [...known].filter((a) => a !== undefined).filter((a) => expects(a) || this.admits(a, source));
    if (addresses[0] !== undefined) return { node: addresses[0], addresses };
    if (said.length > 0 || this.#isFull()) {
      this.#leftOut += 1;
      return undefined;
    }
    this.#unnamedSoFar += 1;
    const node = `unnamed:${this.#unnamedSoFar}`;
    this.#visited.add(node);
    this.#unnamed.push({ node, by, alive: sighting.alive === 'yes' });
    return { node, addresses };
  }

  /** It was let in, and may come once more. */
  forget(node: string): void {
    if (this.#visited.delete(node)) this.#forgotten.add(node);
  }

  get forgotten(): string[] {
    return [...this.#forgotten];
  }

  toState(): Pick<ScanState, 'visited' | 'stopped' | 'unnamed' | 'unnamedSoFar' | 'leftAlone' | 'leftOut'> {
    return {
      visited: this.#runs.toState(),
      stopped: this.#stopped,
      unnamed: [...this.#unnamed],
      unnamedSoFar: this.#unnamedSoFar,
      leftAlone: [...this.#leftAlone],
      leftOut: this.#leftOut,
    };
  }

  restore({ visited, stopped, unnamed, unnamedSoFar, leftAlone, leftOut }: ReturnType<Admission['toState']>): void {
    this.#stopped = stopped;
    this.#unnamedSoFar = unnamedSoFar;
    for (const line of visited) {
      for (const address of addressesOf(line)) {
        this.#visited.add(address);
        this.#runs.add(address);
      }
    }
    for (const it of unnamed) {
      this.#visited.add(it.node);
      this.#unnamed.push(it);
    }
    for (const [reason, count] of leftAlone) this.#leftAlone.set(reason, count);
    this.#leftOut = leftOut;
  }

  /** For the summary. */
  *notes(): Generator<string> {
    if (this.stopped !== undefined) yield this.stopped;
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
