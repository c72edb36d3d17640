/** Neighbour discovery over Ethernet (RFC 4861, RFC 2464): the question "who has this address?" as a frame, and the answer. Pure. */
import type { Address } from 'ksocket/plugin';
import { macBytes, macText, type Station } from './arp.js';
import { transportChecksum } from './checksum.js';
import { readIPv6, readIPv6Packet, writeIPv6 } from './ipv6.js';

export const etherTypeIPv6 = 0x86dd;
export const icmpv6Protocol = 58;
export const advertisementType = 136;
const solicitationType = 135;
const ethernetHeader = 14;
const ipv6Header = 40;
/** Type, code, checksum, flags or nothing, target. */
const bodyLength = 24;
const sourceLinkLayer = 1;
const targetLinkLayer = 2;
/** One option with a MAC address: type, length in units of 8 bytes, the address. */
const optionLength = 8;
/** A packet that was forwarded has less: only a neighbour can send it (RFC 4861, 3.1). */
const neighbourHopLimit = 255;

export interface Advertisement {
  readonly target: Address;
  /** From the target link-layer option; an answer to a multicast question has to bear it. */
  readonly mac: string | undefined;
  /** To whom it was sent. */
  readonly to: Station;
}

/** A solicitation from `source` to the solicited-node group of `target`, ready for the wire. */
export function solicitation(source: Station, target: Address): Buffer {
  const frame = Buffer.alloc(ethernetHeader + ipv6Header + bodyLength + optionLength);
  const packet = frame.subarray(ethernetHeader);
  const message = packet.subarray(ipv6Header);
  const mac = macBytes(source.mac);

  message.writeUInt8(solicitationType, 0);
  writeIPv6(message, 8, target);
  message.writeUInt8(sourceLinkLayer, bodyLength);
  message.writeUInt8(optionLength / 8, bodyLength + 1);
  mac.copy(message, bodyLength + 2);

  packet.writeUInt8(0x60, 0);
  packet.writeUInt16BE(message.length, 4);
  packet.writeUInt8(icmpv6Protocol, 6);
  packet.writeUInt8(neighbourHopLimit, 7);
  writeIPv6(packet, 8, source.address);
  // ff02::1:ff00:0/104 and the last 24 bits of the target (RFC 4291, 2.7.1).
  packet.write('ff0200000000000000000001ff', 24, 'hex');
  message.copy(packet, 37, 21, 24);
  message.writeUInt16BE(transportChecksum(packet.subarray(8, ipv6Header), icmpv6Protocol, message), 2);

  // 33:33 and the last 32 bits of the group (RFC 2464, 7).
  frame.writeUInt16BE(0x3333, 0);
  packet.copy(frame, 2, 36, 40);
  mac.copy(frame, 6);
  frame.writeUInt16BE(etherTypeIPv6, 12);
  return frame;
}

/** An advertisement that passes the checks of RFC 4861, 7.1.2; undefined for every other frame. */
export function readAdvertisement(frame: Buffer): Advertisement | undefined {
  if (frame.length < ethernetHeader || frame.readUInt16BE(12) !== etherTypeIPv6) return undefined;
  const packet = readIPv6Packet(frame.subarray(ethernetHeader));
  if (packet?.protocol !== icmpv6Protocol || packet.hopLimit !== neighbourHopLimit) return undefined;
  const message = packet.payload;
  if (message.length < bodyLength || message.readUInt16BE(0) !== advertisementType << 8) return undefined;
  if (transportChecksum(packet.addresses, icmpv6Protocol, message) !== 0) return undefined;
  // Nobody is ff00::/8.
  if (message.readUInt8(8) === 0xff) return undefined;
  const options = readOptions(message.subarray(bodyLength));
  if (options === undefined) return undefined;
  return {
    target: readIPv6(message, 8),
    mac: options.mac,
    to: { mac: macText(frame.subarray(0, 6)), address: packet.destination },
  };
}

/** Undefined when an option is damaged: then the whole message is none. */
function readOptions(bytes: Buffer): { mac: string | undefined } | undefined {
  let mac: string | undefined;
  for (let at = 0; at < bytes.length; ) {
    const length = at + 1 < bytes.length ? bytes.readUInt8(at + 1) * 8 : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    if (bytes.readUInt8(at) === targetLinkLayer && length === optionLength) {
      const hardware = bytes.subarray(at + 2, at + optionLength);
      const station = (bytes.readUInt8(at + 2) & 1) === 0 && hardware.some((byte) => byte !== 0);
      if (station) mac = macText(hardware);
    }
    at += length;
  }
  return { mac };
}

/** Bytes of a frame before its ICMPv6 message, where no extension header comes between. */
export const icmpv6Offset = ethernetHeader + ipv6Header;
/** Where the next header stands in a frame. */
export const nextHeaderOffset = ethernetHeader + 6;
