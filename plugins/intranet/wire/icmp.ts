/** ICMP for IPv4 (RFC 792): echo and timestamp requests, and what replies and unreachables say about them. Pure. */
import type { Address } from 'ksocket/plugin';
import { internetChecksum } from './checksum.js';
import { readIPv4Packet } from './ipv4.js';
import { readQuotedSyn, tcpProtocol } from './tcp.js';

export const echoReplyType = 0;
export const unreachableType = 3;
export const timestampReplyType = 14;
const echoRequestType = 8;
const timestampRequestType = 13;
export const icmpHeaderLength = 8;
const icmpProtocol = 1;
/** The header and three times in milliseconds. */
const timestampLength = 20;

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
export type Quoted =
  | {
      readonly kind: 'echo' | 'timestamp';
      readonly destination: Address;
      readonly id: number;
      readonly sequence: number;
    }
  | NonNullable<ReturnType<typeof readQuotedSyn>>;

export type IcmpMessage =
  | { readonly kind: 'echo-reply'; readonly id: number; readonly sequence: number; readonly payload: Buffer }
  /** `originate` is the time that the question bore. */
  | { readonly kind: 'timestamp-reply'; readonly id: number; readonly sequence: number; readonly originate: number }
  /** `reason` is the code in words, such as `host-unreachable`. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly about: Quoted };

export function echoRequest(id: number, sequence: number, payload: Uint8Array): Buffer {
  const message = echoMessage(echoRequestType, id, sequence, payload);
  message.writeUInt16BE(internetChecksum(message), 2);
  return message;
}

/** `originate` is any number of 32 bits; RFC 792 has milliseconds since midnight UT. */
export function timestampRequest(id: number, sequence: number, originate: number): Buffer {
  const message = Buffer.alloc(timestampLength);
  echoMessage(timestampRequestType, id, sequence, []).copy(message);
  message.writeUInt32BE(originate, icmpHeaderLength);
  message.writeUInt16BE(internetChecksum(message), 2);
  return message;
}

/** The form that both families share (RFC 792, RFC 4443 4.1), without a checksum. */
export function echoMessage(type: number, id: number, sequence: number, payload: ArrayLike<number>): Buffer {
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
  if (type !== echoReplyType && type !== timestampReplyType) return undefined;
  if (internetChecksum(message) !== 0) return undefined;
  return type === echoReplyType ? readEchoReply(message) : readTimestampReply(message);
}

function readTimestampReply(message: Buffer): IcmpMessage | undefined {
  if (message.length < timestampLength) return undefined;
  return {
    kind: 'timestamp-reply',
    id: message.readUInt16BE(4),
    sequence: message.readUInt16BE(6),
    originate: message.readUInt32BE(icmpHeaderLength),
  };
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
  const kinds = { [echoRequestType]: 'echo', [timestampRequestType]: 'timestamp' } as const;
  const about = quoted && readQuoted(quoted, icmpProtocol, kinds);
  if (about === undefined) return undefined;
  const code = message.readUInt8(1);
  return { kind: 'unreachable', reason: unreachableCodes[code] ?? `unreachable-${code}`, about };
}

/**
 * The first eight bytes of a request are all that a router has to quote. `icmp` is the number of ICMP in this family, `kinds`
 * are those of its types.
 */
export function readQuoted(
  packet: { readonly destination: Address; readonly protocol: number; readonly payload: Buffer },
  icmp: number,
  kinds: Readonly<Record<number, 'echo' | 'timestamp'>>,
): Quoted | undefined {
  const { destination, protocol, payload } = packet;
  if (protocol === tcpProtocol) return readQuotedSyn(packet);
  if (protocol !== icmp || payload.length < icmpHeaderLength) return undefined;
  const kind = kinds[payload.readUInt8(0)];
  return kind && { kind, destination, id: payload.readUInt16BE(4), sequence: payload.readUInt16BE(6) };
}
