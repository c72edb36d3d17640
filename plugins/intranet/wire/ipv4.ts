/** IPv4 addresses as the 32-bit numbers that headers and routing tables hold, and the outer header of a raw packet (RFC 791). */
import { type Address, ipv4ToNumber as numberOf } from 'ksocket/plugin';

export { numberOf };

export function addressOf(value: number): Address {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export function writeIPv4(buffer: Buffer, offset: number, address: Address): void {
  buffer.writeUInt32BE(numberOf(address), offset);
}

export function readIPv4(buffer: Buffer, offset: number): Address {
  return addressOf(buffer.readUInt32BE(offset));
}

export interface IPv4Packet {
  readonly source: Address;
  readonly destination: Address;
  /** 1 is ICMP. */
  readonly protocol: number;
  readonly payload: Buffer;
}

/** The packet behind an IPv4 header, or undefined when the bytes are none. Total length is not trusted: quotes are cut. */
export function readIPv4Packet(bytes: Buffer): IPv4Packet | undefined {
  if (bytes.length < 20) return undefined;
  const first = bytes.readUInt8(0);
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < 20 || headerLength > bytes.length) return undefined;
  return {
    source: readIPv4(bytes, 12),
    destination: readIPv4(bytes, 16),
    protocol: bytes.readUInt8(9),
    payload: bytes.subarray(headerLength),
  };
}
