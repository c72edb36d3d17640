/** ICMP for IPv4 (RFC 792): echo requests, and what replies and unreachables say about them. Pure. */
import type { Address } from 'ksocket/plugin';
import { readIPv4Packet } from './ipv4.js';

export const echoReplyType = 0;
export const unreachableType = 3;
const echoRequestType = 8;
const headerLength = 8;
const icmpProtocol = 1;

/** Codes of "destination unreachable" by name (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1). */
const unreachableCodes: Record<number, string> = {
  0: 'net-unreachable',
  1: 'host-unreachable',
  2: 'protocol-unreachable',
  3: 'port-unreachable',
  9: 'net-prohibited',
  10: 'host-prohibited',
  13: 'communication-prohibited',
};

export type IcmpMessage =
  | { readonly kind: 'echo-reply'; readonly id: number; readonly sequence: number; readonly payload: Buffer }
  | {
      readonly kind: 'unreachable';
      /** The code in words, such as `host-unreachable`. */
      readonly reason: string;
      /** The echo request of ours that it answers. */
      readonly about: { readonly destination: Address; readonly id: number; readonly sequence: number };
    };

export function echoRequest(id: number, sequence: number, payload: Uint8Array): Buffer {
  const message = Buffer.alloc(headerLength + payload.length);
  message.writeUInt8(echoRequestType, 0);
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  message.set(payload, headerLength);
  message.writeUInt16BE(internetChecksum(message), 2);
  return message;
}

/** An ICMP message without its IP header; undefined when it is damaged or none that concerns an echo. */
export function readIcmp(message: Buffer): IcmpMessage | undefined {
  if (message.length < headerLength) return undefined;
  const type = message.readUInt8(0);
  if (type === echoReplyType) {
    // Over a message with its checksum in place the sum is zero. Unreachables are not checked: some routers cut the quote.
    if (internetChecksum(message) !== 0) return undefined;
    return {
      kind: 'echo-reply',
      id: message.readUInt16BE(4),
      sequence: message.readUInt16BE(6),
      payload: message.subarray(headerLength),
    };
  }
  return type === unreachableType ? readUnreachable(message) : undefined;
}

function readUnreachable(message: Buffer): IcmpMessage | undefined {
  const quoted = readIPv4Packet(message.subarray(headerLength));
  if (quoted === undefined || quoted.protocol !== icmpProtocol || quoted.payload.length < headerLength)
    return undefined;
  if (quoted.payload.readUInt8(0) !== echoRequestType) return undefined;
  const code = message.readUInt8(1);
  return {
    kind: 'unreachable',
    reason: unreachableCodes[code] ?? `unreachable-${code}`,
    about: {
      destination: quoted.destination,
      id: quoted.payload.readUInt16BE(4),
      sequence: quoted.payload.readUInt16BE(6),
    },
  };
}

/** The Internet checksum (RFC 1071). */
export function internetChecksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  if (bytes.length % 2 === 1) sum += bytes.readUInt8(bytes.length - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
