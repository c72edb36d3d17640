/** IPv6 addresses as the 16 bytes of headers and tables, and the header before a raw packet (RFC 8200). Pure. */
import { type Address, addressFromBigInt, addressToBigInt } from 'ksocket/plugin';

export const ipv6Length = 16;

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
  return /^fe[89ab]/.test(address) && address.includes(':');
}
