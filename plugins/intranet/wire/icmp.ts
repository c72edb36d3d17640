/** ICMP for IPv4 (RFC 792): echo requests, and what replies and unreachables say about them. Pure. */
import type { Address } from 'ksocket/plugin';
import { internetChecksum } from './checksum.js';
import { readIPv4Packet } from './ipv4.js';

export const echoReplyType = 0;
export const unreachableType = 3;
const echoRequestType = 8;
export const icmpHeaderLength = 8;
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

/** A packet of ours that an unreachable quotes. */
export interface Quoted {
  readonly kind: 'echo';
  readonly destination: Address;
  readonly id: number;
  readonly sequence: number;
}

export type IcmpMessage =
  | { readonly kind: 'echo-reply'; readonly id: number; readonly sequence: number; readonly payload: Buffer }
  /** `reason` is the code in words, such as `host-unreachable`. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly about: Quoted };

export function echoRequest(id: number, sequence: number, payload: Uint8Array): Buffer {
  const message = echoMessage(echoRequestType, id, sequence, payload);
  message.writeUInt16BE(internetChecksum(message), 2);
  return message;
}

/** The form that both families share (RFC 792, RFC 4443 4.1), without a checksum. */
export function echoMessage(type: number, id: number, sequence: number, payload: Uint8Array): Buffer {
  const message = Buffer.alloc(icmpHeaderLength + payload.length);
  message.writeUInt8(type, 0);
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  message.set(payload, icmpHeaderLength);
  return message;
}

/** An ICMP message without its IP header; undefined when it is damaged or none that concerns us. */
export function readIcmp(message: Buffer): IcmpMessage | undefined {
  if (message.length < icmpHeaderLength) return undefined;
  const type = message.readUInt8(0);
  // Unreachables are not checked: some routers cut the quote.
  if (type === unreachableType) return readUnreachable(message);
  return type === echoReplyType && internetChecksum(message) === 0 ? readEchoReply(message) : undefined;
}

export function readEchoReply(message: Buffer): IcmpMessage {
  return {
    kind: 'echo-reply',
    id: message.readUInt16BE(4),
    sequence: message.readUInt16BE(6),
    payload: message.subarray(icmpHeaderLength),
  };
}

function readUnreachable(message: Buffer): IcmpMessage | undefined {
  const quoted = readIPv4Packet(message.subarray(icmpHeaderLength));
  const about = quoted?.protocol === icmpProtocol ? readQuotedEcho(quoted, echoRequestType) : undefined;
  if (about === undefined) return undefined;
  const code = message.readUInt8(1);
  return { kind: 'unreachable', reason: unreachableCodes[code] ?? `unreachable-${code}`, about };
}

/** The first eight bytes of an echo request are all that a router has to quote. */
export function readQuotedEcho(
  packet: { readonly destination: Address; readonly payload: Buffer },
  requestType: number,
): Quoted | undefined {
  const { destination, payload } = packet;
  if (payload.length < icmpHeaderLength || payload.readUInt8(0) !== requestType) return undefined;
  return { kind: 'echo', destination, id: payload.readUInt16BE(4), sequence: payload.readUInt16BE(6) };
}
