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

export const ipv4HeaderLength = 20;
/** As most systems begin (RFC 1700). */
const timeToLive = 64;
const dontFragment = 0x4000;

export interface IPv4Packet {
  readonly source: Address;
  readonly destination: Address;
  /** 1 is ICMP. */
  readonly protocol: number;
  readonly payload: Buffer;
}

/** The packet behind an IPv4 header, or undefined when the bytes are none. Total length is not trusted: quotes are cut. */
export function readIPv4Packet(bytes: Buffer): IPv4Packet | undefined {
  if (bytes.length < ipv4HeaderLength) return undefined;
  const first = bytes.readUInt8(0);
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < ipv4HeaderLength || headerLength > bytes.length) return undefined;
  return {
    source: readIPv4(bytes, 12),
    destination: readIPv4(bytes, 16),
    protocol: bytes.readUInt8(9),
    payload: bytes.subarray(headerLength),
  };
}

/** The header of the packet that fills the buffer, with its checksum left to the kernel. */
export function writeIPv4Header(
  packet: Buffer,
  it: { readonly source: Address; readonly destination: Address; readonly protocol: number },
): void {
  packet.writeUInt8(0x45, 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(dontFragment, 6);
  packet.writeUInt8(timeToLive, 8);
  packet.writeUInt8(it.protocol, 9);
  writeIPv4(packet, 12, it.source);
  writeIPv4(packet, 16, it.destination);
}
