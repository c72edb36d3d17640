/**
 * ICMPv6 (RFC 4443): echo requests, and what replies and unreachables say about them. The checksum is the kernel's work in
 * both directions: it alone knows the source address (RFC 3542, 3.1). Pure.
 */
import { echoMessage, type IcmpMessage, icmpHeaderLength, readEchoReply, readQuoted } from './icmp.js';
import { readIPv6Packet } from './ipv6.js';
import { icmpv6Protocol } from './neighbour-discovery.js';

export const echoReplyType6 = 129;
export const unreachableType6 = 1;
const echoRequestType = 128;

/** Codes of "destination unreachable" by name (RFC 4443, 3.1). */
const unreachableCodes: Record<number, string> = {
  0: 'net-unreachable',
  1: 'communication-prohibited',
  2: 'beyond-scope',
  3: 'address-unreachable',
  4: 'port-unreachable',
  5: 'source-prohibited',
  6: 'route-rejected',
};

export function echoRequest6(id: number, sequence: number, payload: Uint8Array): Buffer {
  return echoMessage(echoRequestType, id, sequence, payload);
}

/** An ICMPv6 message without its IP header; undefined when it is none that concerns us. */
export function readIcmp6(message: Buffer): IcmpMessage | undefined {
  if (message.length < icmpHeaderLength) return undefined;
  const type = message.readUInt8(0);
  if (type === echoReplyType6) return readEchoReply(message);
  return type === unreachableType6 ? readUnreachable(message) : undefined;
}

function readUnreachable(message: Buffer): IcmpMessage | undefined {
  const quoted = readIPv6Packet(message.subarray(icmpHeaderLength));
  const about = quoted && readQuoted(quoted, icmpv6Protocol, { [echoRequestType]: 'echo' });
  if (about === undefined) return undefined;
  const code = message.readUInt8(1);
  return { kind: 'unreachable', reason: unreachableCodes[code] ?? `unreachable-${code}`, about };
}
