/** IPv6 addresses as the 16 bytes of headers and tables, and the header of a packet (RFC 8200). Pure. */
import { type Address, addressFromBigInt, addressToBigInt } from 'ksocket/plugin';

export const ipv6Length = 16;
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

export function writeIPv6(buffer: Buffer, offset: number, address: Address): void {
  const value = addressToBigInt(address);
  buffer.writeBigUInt64BE(value >> 64n, offset);
  buffer.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, offset + 8);
}

export function readIPv6(buffer: Buffer, offset: number): Address {
  return addressFromBigInt((buffer.readBigUInt64BE(offset) << 64n) | buffer.readBigUInt64BE(offset + 8), 6);
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
