/** Addresses inside table indexes (INET-ADDRESS-MIB, RFC 4001), and which addresses are worth telling the scan about. */
import { type Address, AddressSet, addressFromBigInt, familyOf, parseRange, tryParseAddress } from 'ksocket/plugin';

/** Values of InetAddressType and the octets of each: ipv4(1), ipv6(2), ipv4z(3), ipv6z(4); the last two carry a zone index. */
const addressOctets: Readonly<Record<number, { readonly octets: number; readonly family: 4 | 6 }>> = {
  1: { octets: 4, family: 4 },
  2: { octets: 16, family: 6 },
  3: { octets: 8, family: 4 },
  4: { octets: 20, family: 6 },
};

/** An address of a list of octets, without its zone. */
export function addressOfOctets(octets: readonly number[]): Address | undefined {
  if (octets.some((octet) => !(octet >= 0 && octet <= 255))) return undefined;
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return undefined;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[i]! * 256 + octets[i + 1]!).toString(16));
  return tryParseAddress(groups.join(':'));
}

export interface IndexedAddress {
  /** Undefined for type unknown(0) or dns(16), and for octets that are none. */
  readonly address: Address | undefined;
  /** Where the index goes on. */
  readonly next: number;
}

/**
 * Reads `type.length.octets…` at `from` of an index. Zoned addresses lose their zone, which means nothing elsewhere.
 * Undefined when the index is too short.
 */
export function indexedAddress(index: readonly number[], from: number): IndexedAddress | undefined {
  const [type, length] = [index[from], index[from + 1]];
  if (type === undefined || length === undefined) return undefined;
  const next = from + 2 + length;
  if (next > index.length) return undefined;
  const form = addressOctets[type];
  if (form?.octets !== length) return { address: undefined, next };
  const octets = index.slice(from + 2, from + 2 + (form.family === 4 ? 4 : 16));
  return { address: addressOfOctets(octets), next };
}

/** The prefix length of an IPv4 mask, undefined when its bits are not contiguous. */
export function prefixOfMask(mask: Address): number | undefined {
  const bits = mask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  const prefix = bits.indexOf('0') < 0 ? bits.length : bits.indexOf('0');
  return bits.indexOf('1', prefix) < 0 ? prefix : undefined;
}

/** Never a host of its own: this network, loopback, link-local, multicast and reserved with broadcast (RFC 6890). */
const hostless = AddressSet.parse([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/127',
  'fe80::/10',
  'ff00::/8',
]);

/** Could a scan ask this address? */
export function isHostAddress(address: Address): boolean {
  return !hostless.has(address);
}

/** The network and broadcast address of the IPv4 network that an address is in; none where both are hosts (RFC 3021). */
export function edgesOf(address: Address, prefix: number | undefined): Address[] {
  if (prefix === undefined || prefix > 30 || familyOf(address) === 6) return [];
  const { first, last } = parseRange(`${address}/${prefix}`);
  return [addressFromBigInt(first, 4), addressFromBigInt(last, 4)];
}
