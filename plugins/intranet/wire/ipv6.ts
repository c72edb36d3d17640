/** IPv6 addresses as the 16 bytes of headers and tables, and the header of a packet (RFC 8200). Pure. */
import type { Address } from 'ksocket/plugin';

export const ipv6Length = 16;
const groupCount = 8;
const headerLength = 40;

export interface IPv6Packet {
  readonly source: Address;
  readonly destination: Address;
  /** 6 is TCP, 58 ICMPv6; others, extension headers among them, are not looked into. */
  readonly protocol: number;
  readonly hopLimit: number;
  /** Source and destination as they stand in the header, for the checksum. */
  readonly addresses: Buffer;
  /** As long as the header says, or shorter when the bytes were cut. */
  readonly payload: Buffer;
}

/** The text is canonical already. By hand: through big numbers it took most of the time of a route lookup. */
export function writeIPv6(buffer: Buffer, offset: number, address: Address): void {
  const [head = '', tail] = address.split('::');
  buffer.fill(0, offset, offset + ipv6Length);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  for (const [i, group] of before.entries()) buffer.writeUInt16BE(Number.parseInt(group, 16), offset + 2 * i);
  const start = offset + ipv6Length - 2 * after.length;
  for (const [i, group] of after.entries()) buffer.writeUInt16BE(Number.parseInt(group, 16), start + 2 * i);
}

/** As RFC 5952 writes it: the longest run of two and more zeros is left out, the first of equals. */
export function readIPv6(buffer: Buffer, offset: number): Address {
  const groups: string[] = [];
  let [start, length, zeros] = [0, 1, 0];
  for (let i = 0; i < groupCount; i++) {
    const group = buffer.readUInt16BE(offset + 2 * i);
    groups.push(group.toString(16));
    zeros = group === 0 ? zeros + 1 : 0;
    if (zeros > length) [start, length] = [i + 1 - zeros, zeros];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** fe80::/10, which means something on one link only. */
export function isLinkLocal(address: Address): boolean {
  return /^fe[89ab][0-9a-f]:/.test(address);
}

/** The packet behind an IPv6 header, or undefined when the bytes are none. */
export function readIPv6Packet(bytes: Buffer): IPv6Packet | undefined {
  if (bytes.length < headerLength || bytes.readUInt8(0) >> 4 !== 6) return undefined;
  return {
    source: readIPv6(bytes, 8),
    destination: readIPv6(bytes, 24),
    protocol: bytes.readUInt8(6),
    hopLimit: bytes.readUInt8(7),
    addresses: bytes.subarray(8, headerLength),
    payload: bytes.subarray(headerLength, headerLength + bytes.readUInt16BE(4)),
  };
}
