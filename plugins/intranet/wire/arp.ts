/** ARP over Ethernet (RFC 826): the question "who has this address?" as a frame, and what an answer says. Pure. */
import type { Address } from 'ksocket/plugin';
import { readIPv4, writeIPv4 } from './ipv4.js';

/** Destination, source, EtherType: the header before the ARP packet. */
const ethernetHeader = 14;
const etherTypeArp = 0x0806;
/** Hardware type 1 (Ethernet), protocol 0x0800 (IPv4), lengths 6 and 4. */
const ethernetOverIPv4 = 0x0001_0800;
const lengths = 0x0604;
const request = 1;
const reply = 2;
const arpLength = 28;
/** The shortest Ethernet frame without its check sequence (IEEE 802.3, 4.2.3.3); not every driver pads by itself. */
const shortestFrame = 60;

export interface Station {
  /** `00:11:22:aa:bb:cc` */
  readonly mac: string;
  readonly address: Address;
}

/** Broadcasts of who-has from one station, in one frame that is written over: the target is all that differs. */
export class ArpQuestion {
  readonly #frame: Buffer;

  constructor(source: Station) {
    this.#frame = whoHas(source, '0.0.0.0');
  }

  /** Valid until the next call. */
  for(target: Address): Buffer {
    writeIPv4(this.#frame, ethernetHeader + 24, target);
    return this.#frame;
  }
}

/** A broadcast who-has from `source` for `target`, ready for the wire. */
export function whoHas(source: Station, target: Address): Buffer {
  const frame = Buffer.alloc(shortestFrame);
  const mac = macBytes(source.mac);
  frame.fill(0xff, 0, 6);
  mac.copy(frame, 6);
  frame.writeUInt16BE(etherTypeArp, 12);
  frame.writeUInt32BE(ethernetOverIPv4, ethernetHeader);
  frame.writeUInt16BE(lengths, ethernetHeader + 4);
  frame.writeUInt16BE(request, ethernetHeader + 6);
  mac.copy(frame, ethernetHeader + 8);
  writeIPv4(frame, ethernetHeader + 14, source.address);
  writeIPv4(frame, ethernetHeader + 24, target);
  return frame;
}

export interface ArpReply {
  /** Who says to have which address. */
  readonly from: Station;
  /** Whom it answers, by what stands in the packet: a frame may be addressed to anybody. */
  readonly to: Station;
}

/**
 * An ARP reply for IPv4 over Ethernet; undefined for every other frame. A hardware address that no station can have (zero, or
 * with the group bit set) makes it undefined too.
 */
export function readArpReply(frame: Buffer): ArpReply | undefined {
  if (frame.length < ethernetHeader + arpLength || frame.readUInt16BE(12) !== etherTypeArp) return undefined;
  const isReply =
    frame.readUInt32BE(ethernetHeader) === ethernetOverIPv4 &&
    frame.readUInt16BE(ethernetHeader + 4) === lengths &&
    frame.readUInt16BE(ethernetHeader + 6) === reply;
  if (!isReply) return undefined;
  const mac = frame.subarray(ethernetHeader + 8, ethernetHeader + 14);
  if (((mac[0] ?? 0) & 1) === 1 || mac.every((byte) => byte === 0)) return undefined;
  return {
    from: { mac: macText(mac), address: readIPv4(frame, ethernetHeader + 14) },
    to: {
      mac: macText(frame.subarray(ethernetHeader + 18, ethernetHeader + 24)),
      address: readIPv4(frame, ethernetHeader + 24),
    },
  };
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

export function macText(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
