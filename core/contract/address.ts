/**
 * IP addresses and ranges. An address is a string in its one canonical form (IPv4 dotted decimal, IPv6 as RFC 5952 writes
 * it, an IPv4-mapped IPv6 address as its IPv4 address), so that policy, files and reports compare the same thing. Forms
 * that other parsers guess about (octal, hexadecimal, fewer than four parts, zone ids) are refused.
 */
import { createRequire } from 'node:module';
import { isIPv4, isIPv6 } from 'node:net';
import type IpAddr from 'ipaddr.js';
import { failure } from './failure.js';

/** By require: CommonJS that is imported is parsed for its exports first, which takes longer than all the rest (Node 20). */
const ipaddr = createRequire(import.meta.url)('ipaddr.js') as typeof IpAddr;

/** A canonical IPv4 or IPv6 address. */
export type Address = string;

/** A contiguous block of addresses, as `first`…`last` in 32 or 128 bits. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** Prefix length: 0…32 or 0…128. */
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
  /** Canonical text: `10.0.0.0/8`, and a single address without a suffix. */
  readonly text: string;
}

/** @throws Failure E_INPUT naming the text when it is not an address. */
export function parseAddress(text: string): Address {
  const address = tryParseAddress(text);
  if (address === undefined) {
    throw failure('E_INPUT', `${JSON.stringify(text)} is no IP address`, {
      remedy: 'write it like 192.0.2.10 or 2001:db8::10',
    });
  }
  return address;
}

/** The canonical form, or undefined when the text is no address. */
export function tryParseAddress(text: string): Address | undefined {
  // isIPv4 refuses leading zeros, hexadecimal and missing parts, which ipaddr.js would read as octal or classful.
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const parsed = ipaddr.IPv6.parse(text);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String();
}

export function familyOf(address: Address): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** The address as an unsigned number of 32 or 128 bits. */
export function addressToBigInt(address: Address): bigint {
  // A scan asks this several times for each of its addresses; IPv4 is worth a way of its own, without garbage.
  if (!address.includes(':')) return BigInt(ipv4ToNumber(address));
  let value = 0n;
  for (const byte of ipaddr.parse(address).toByteArray()) value = (value << 8n) | BigInt(byte);
  return value;
}

/** A canonical IPv4 address as an unsigned number of 32 bits. */
export function ipv4ToNumber(address: Address): number {
  let value = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const digit = address.charCodeAt(i) - 48;
    if (digit >= 0) part = part * 10 + digit;
    else {
      value = value * 256 + part;
      part = 0;
    }
  }
  return value * 256 + part;
}

export function addressFromBigInt(value: bigint, family: 4 | 6): Address {
  if (family === 4) {
    const bits = Number(value);
    return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  }
  const bytes: number[] = new Array(16);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return new ipaddr.IPv6(bytes).toRFC5952String();
}

/**
 * Reads `10.0.0.0/24`, `10.0.0.7`, `2001:db8::/64`. Host bits below the prefix are cut, as routers do.
 * @throws Failure E_INPUT naming the text.
 */
export function parseRange(text: string): AddressRange {
  const [head = '', length, ...rest] = text.split('/');
  const address = tryParseAddress(head);
  const bits = address === undefined || familyOf(address) === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (address === undefined || rest.length > 0 || prefix < 0 || prefix > bits) {
    throw failure('E_INPUT', `${JSON.stringify(text)} is no address or network`, {
      remedy: 'write an address like 192.0.2.10 or a network like 192.0.2.0/24',
    });
  }
  const family = familyOf(address);
  const size = 1n << BigInt(bits - prefix);
  const first = (addressToBigInt(address) / size) * size;
  const canonical = addressFromBigInt(first, family);
  return {
    family,
    prefix,
    first,
    last: first + size - 1n,
    text: prefix === bits ? canonical : `${canonical}/${prefix}`,
  };
}

/** How many addresses the range holds; a number is exact here up to 2^53. */
export function rangeSize(range: AddressRange): number {
  return Number(range.last - range.first + 1n);
}

/** Is this an address written by itself, not a network? */
export function isSingle(range: AddressRange): boolean {
  return range.first === range.last;
}

/**
 * The host addresses of a range, lazily. The network and broadcast address of an IPv4 network are no hosts (RFC 1122,
 * 3.2.1.3), except in /31 (RFC 3021) and /32.
 */
export function* hostsOf(range: AddressRange): Generator<Address> {
  const edges = range.family === 4 && range.prefix < 31 ? 1n : 0n;
  for (let value = range.first + edges; value <= range.last - edges; value++)
    yield addressFromBigInt(value, range.family);
}

/** A set of ranges that answers "is it in?". Built once, asked often: an answer takes a binary search. */
export class AddressSet {
  readonly ranges: readonly AddressRange[];
  readonly #widest: { readonly 4: readonly AddressRange[]; readonly 6: readonly AddressRange[] };

  constructor(ranges: Iterable<AddressRange>) {
    this.ranges = [...ranges];
    this.#widest = { 4: widest(this.ranges, 4), 6: widest(this.ranges, 6) };
  }

  static parse(texts: Iterable<string>): AddressSet {
    return new AddressSet([...texts].map(parseRange));
  }

  has(address: Address): boolean {
    return this.match(address) !== undefined;
  }

  /** The widest range that holds the address, for explanations. */
  match(address: Address): AddressRange | undefined {
    const ranges = this.#widest[familyOf(address)];
    if (ranges.length === 0) return undefined;
    const value = addressToBigInt(address);
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]!.first <= value) low = middle + 1;
      else high = middle;
    }
    // The last range that begins before the address also ends last of those, since none lies within another.
    const range = ranges[low - 1];
    return range !== undefined && value <= range.last ? range : undefined;
  }
}

/** The ranges of one family that lie within no other, in order. */
function widest(ranges: readonly AddressRange[], family: 4 | 6): AddressRange[] {
  const kept: AddressRange[] = [];
  const ordered = ranges
    .filter((r) => r.family === family)
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  for (const range of ordered) if (kept.length === 0 || range.last > kept.at(-1)!.last) kept.push(range);
  return kept;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
