/** TCP (RFC 9293): a SYN that asks whether somebody is there, and the two answers that say so. Pure. */
import type { Address } from 'ksocket/plugin';
import { transportChecksum } from './checksum.js';
import { ipv4HeaderLength, writeIPv4Header } from './ipv4.js';

export const tcpProtocol = 6;
/** Where the checksum stands in the segment. */
export const tcpChecksumOffset = 16;
const headerLength = 20;
/** Maximum segment size 1460: a SYN without it looks like no system's, and some firewalls drop it. */
const maximumSegmentSize = Buffer.from('020405b4', 'hex');
/** What Linux offers first. */
const window = 64_240;
const flags = { syn: 0x02, rst: 0x04, ack: 0x10 } as const;

export interface SynQuestion {
  readonly sourcePort: number;
  readonly port: number;
  readonly sequence: number;
}

export interface SynAnswer {
  readonly answer: 'syn-ack' | 'rst';
  /** The port that answers, and the one that it answers to. */
  readonly port: number;
  readonly to: number;
  /** The sequence number of the SYN that it is about. */
  readonly sequence: number;
}

/** Without a checksum. */
export function synSegment({ sourcePort, port, sequence }: SynQuestion): Buffer {
  const segment = Buffer.alloc(headerLength + maximumSegmentSize.length);
  segment.writeUInt16BE(sourcePort, 0);
  segment.writeUInt16BE(port, 2);
  segment.writeUInt32BE(sequence, 4);
  segment.writeUInt8((segment.length / 4) << 4, 12);
  segment.writeUInt8(flags.syn, 13);
  segment.writeUInt16BE(window, 14);
  maximumSegmentSize.copy(segment, headerLength);
  return segment;
}

/** A whole packet of IPv4; the kernel fills in the identification and the checksum of the IP header (raw(7)). */
export function synPacket(source: Address, destination: Address, question: SynQuestion): Buffer {
  const segment = synSegment(question);
  const packet = Buffer.alloc(ipv4HeaderLength + segment.length);
  writeIPv4Header(packet, { source, destination, protocol: tcpProtocol });
  const addresses = packet.subarray(12, ipv4HeaderLength);
  segment.writeUInt16BE(transportChecksum(addresses, tcpProtocol, segment), tcpChecksumOffset);
  segment.copy(packet, ipv4HeaderLength);
  return packet;
}

/**
 * A SYN-ACK, or an RST that acknowledges; undefined for all else. The checksum is not looked at: the kernel of a virtual
 * machine next door leaves it to a network card that is not there, and the acknowledged number proves more.
 */
export function readSynAnswer(segment: Buffer): SynAnswer | undefined {
  if (segment.length < headerLength || (segment.readUInt8(12) >> 4) * 4 < headerLength) return undefined;
  const set = segment.readUInt8(13) & (flags.syn | flags.rst | flags.ack);
  const answer = set === (flags.syn | flags.ack) ? 'syn-ack' : set === (flags.rst | flags.ack) ? 'rst' : undefined;
  if (answer === undefined) return undefined;
  // A SYN counts as one byte.
  const sequence = (segment.readUInt32BE(8) - 1) >>> 0;
  return { answer, port: segment.readUInt16BE(0), to: segment.readUInt16BE(2), sequence };
}

/** The SYN of ours that an unreachable quotes: its first eight bytes are all that a router has to quote. */
export function readQuotedSyn(packet: {
  readonly destination: Address;
  readonly payload: Buffer;
}): (SynQuestion & { readonly kind: 'tcp'; readonly destination: Address }) | undefined {
  const { destination, payload } = packet;
  if (payload.length < 8) return undefined;
  return {
    ...{ kind: 'tcp', destination, sourcePort: payload.readUInt16BE(0) },
    ...{ port: payload.readUInt16BE(2), sequence: payload.readUInt32BE(4) },
  };
}
