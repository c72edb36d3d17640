/** Step 2 of a scan: which addresses may be looked at, and why the others are left alone. */
import {
  type Address,
  type AddressRange,
  AddressSet,
  addressToBigInt,
  isSingle,
  rangeSize,
} from '../contract/index.js';
import type { Policy } from '../policy/index.js';

/** Never hosts, whatever an order says: no unicast address of anybody (RFC 6890), or shared by every machine. */
const neverHosts = [
  ['0.0.0.0/8', 'this network'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved, limited broadcast'],
  ['::/128', 'unspecified'],
  ['ff00::/8', 'multicast'],
] as const;

/** Left alone unless the order names the very address: this machine itself, one link only, or a cloud's metadata service. */
const onlyByName = [
  ['127.0.0.0/8', 'loopback, unless an address is named by itself'],
  ['::1/128', 'loopback, unless an address is named by itself'],
  ['169.254.0.0/16', 'link-local'],
  ['fe80::/10', 'link-local'],
  ['fd00:ec2::254/128', 'cloud metadata'],
] as const;

const never = explained(neverHosts);
const named = explained(onlyByName);

export interface ScopeParts {
  readonly allow: readonly AddressRange[];
  readonly deny: readonly AddressRange[];
  readonly start: readonly AddressRange[];
  readonly policy: Policy;
  /** The agent's own addresses and those of its space, each with why it is left out. */
  readonly own: ReadonlyMap<Address, string>;
  /** Networks on this machine's interfaces, for their network and broadcast addresses. */
  readonly onLink: readonly AddressRange[];
}

export class Scope {
  readonly #allow: AddressSet;
  readonly #deny: AddressSet;
  readonly #byName: AddressSet;
  readonly #edges: ReadonlyMap<bigint, string>;

  constructor(private readonly parts: ScopeParts) {
    this.#allow = new AddressSet(parts.allow);
    this.#deny = new AddressSet(parts.deny);
    this.#byName = new AddressSet(parts.start.filter(isSingle));
    this.#edges = new Map(
      parts.onLink
        .filter((r) => r.family === 4 && r.prefix < 31)
        .flatMap(
          (r) =>
            [
              [r.first, `network address of ${r.text}`],
              [r.last, `broadcast address of ${r.text}`],
            ] as const,
        ),
    );
  }

  /** Why this address is left alone, or undefined. */
  excludes(address: Address): string | undefined {
    const special = never(address);
    if (special !== undefined) return special;
    const denied = this.#deny.match(address);
    if (denied !== undefined) return `the order denies ${denied.text}`;
    if (this.parts.allow.length > 0 && !this.#allow.has(address)) return 'outside the networks that the order allows';
    const refused = this.parts.policy.refuses(address);
    if (refused !== undefined) return refused;
    if (this.#byName.has(address)) return undefined;
    const withheld = named(address);
    if (withheld !== undefined) return withheld;
    const own = this.parts.own.get(address);
    if (own !== undefined) return own;
    return this.#edgeOf(address);
  }

  #edgeOf(address: Address): string | undefined {
    if (address.includes(':') || this.#edges.size === 0) return undefined;
    return this.#edges.get(addressToBigInt(address));
  }
}

/** Start addresses in all; overlapping ranges count once for each. */
export function countAddresses(ranges: readonly AddressRange[]): number {
  return ranges.reduce((sum, range) => sum + rangeSize(range), 0);
}

/** From an address to the reason that stands beside its network. */
function explained(table: readonly (readonly [string, string])[]): (address: Address) => string | undefined {
  const set = AddressSet.parse(table.map(([text]) => text));
  const reasons = new Map(set.ranges.map((range, i) => [range, table[i]![1]]));
  return (address) => {
    const range = set.match(address);
    return range && reasons.get(range);
  };
}
