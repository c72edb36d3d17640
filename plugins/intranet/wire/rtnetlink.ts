/**
 * What Linux is asked and answers over rtnetlink(7): the route to one address, and the neighbour table. Pure. Numbers are in
 * the byte order of the machine, which is little-endian wherever Node runs on Linux, but for s390x.
 */
import { type Address, familyOf } from 'ksocket/plugin';
import { macText } from './arp.js';
import { readIPv4, writeIPv4 } from './ipv4.js';
import { ipv6Length, readIPv6, writeIPv6 } from './ipv6.js';

/** What the kernel would do with a packet to an address. */
export type KernelRoute =
  | { readonly kind: 'local' | 'broadcast' | 'none' }
  | {
      readonly kind: 'unicast';
      readonly interfaceIndex: number;
      /** Is there a next hop? Its address matters to nobody here: the kernel, or the link itself, knows it. */
      readonly routed: boolean;
      /** The address of this machine that the packet would bear. */
      readonly source: Address | undefined;
    };

export interface KernelNeighbour {
  readonly address: Address;
  readonly mac: string;
  readonly interfaceIndex: number;
}

export interface NetlinkMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Buffer;
}

// linux/netlink.h
const headerLength = 16;
const flagRequest = 0x1;
const flagDump = 0x300;
const typeError = 2;
const typeDone = 3;
// linux/rtnetlink.h
const newRoute = 24;
const getRoute = 26;
const newNeighbour = 28;
const getNeighbour = 30;
const routeHeaderLength = 12;
const attributeHeaderLength = 4;
const routeAttributes = { destination: 1, outputInterface: 4, gateway: 5, preferredSource: 7, via: 18 } as const;
const routeTypes: Record<number, KernelRoute['kind']> = { 1: 'unicast', 2: 'local', 3: 'broadcast', 4: 'local' };
// linux/neighbour.h
const neighbourHeaderLength = 12;
const neighbourAttributes = { destination: 1, linkLayerAddress: 2 } as const;
/** REACHABLE, STALE, DELAY, PROBE, PERMANENT: somebody answered, or somebody wrote it down. */
const usableStates = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;
/** Addresses that this machine answers for in the place of others. */
const flagProxy = 0x08;
const macLength = 6;

const families = { 4: 2, 6: 10 } as const;

/** "Which way to this address?" (RTM_GETROUTE). */
export function routeRequest(address: Address, sequence: number): Buffer {
  const family = familyOf(address);
  const length = family === 4 ? 4 : ipv6Length;
  const message = header(getRoute, flagRequest, sequence, routeHeaderLength + attributeHeaderLength + length);
  message.writeUInt8(families[family], headerLength);
  message.writeUInt8(length * 8, headerLength + 1);
  const at = headerLength + routeHeaderLength;
  message.writeUInt16LE(attributeHeaderLength + length, at);
  message.writeUInt16LE(routeAttributes.destination, at + 2);
  if (family === 4) writeIPv4(message, at + attributeHeaderLength, address);
  else writeIPv6(message, at + attributeHeaderLength, address);
  return message;
}

/** All neighbours of one family (RTM_GETNEIGH). */
export function neighbourRequest(family: 4 | 6, sequence: number): Buffer {
  const message = header(getNeighbour, flagRequest | flagDump, sequence, neighbourHeaderLength);
  message.writeUInt8(families[family], headerLength);
  return message;
}

/** The messages of one datagram, up to the first that does not fit. */
export function* readMessages(bytes: Buffer): Generator<NetlinkMessage> {
  for (let at = 0; at + headerLength <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < headerLength || at + length > bytes.length) return;
    yield {
      type: bytes.readUInt16LE(at + 4),
      sequence: bytes.readUInt32LE(at + 8),
      body: bytes.subarray(at + headerLength, at + length),
    };
    at += aligned(length);
  }
}

export function isEnd({ type }: NetlinkMessage): boolean {
  return type === typeDone || type === typeError;
}

/**
 * An answer to a route request. An error is the kernel's way to say that there is no route (ENETUNREACH) or that the route
 * forbids it (EHOSTUNREACH, EACCES, EINVAL: unreachable, prohibit, blackhole).
 */
export function readRoute({ type, body }: NetlinkMessage): KernelRoute | undefined {
  if (type === typeError) return { kind: 'none' };
  if (type !== newRoute || body.length < routeHeaderLength) return undefined;
  const read = body.readUInt8(0) === families[4] ? inFamily4 : inFamily6;
  const kind = routeTypes[body.readUInt8(7)] ?? 'none';
  if (kind !== 'unicast') return { kind };
  const attributes = readAttributes(body.subarray(routeHeaderLength));
  const output = attributes.get(routeAttributes.outputInterface);
  if (output === undefined || output.length < 4) return undefined;
  const source = attributes.get(routeAttributes.preferredSource);
  return {
    kind,
    interfaceIndex: output.readUInt32LE(0),
    routed: attributes.has(routeAttributes.gateway) || attributes.has(routeAttributes.via),
    source: source === undefined ? undefined : read(source),
  };
}

/** One neighbour with a MAC address that somebody vouched for; undefined for all others. */
export function readNeighbour({ type, body }: NetlinkMessage): KernelNeighbour | undefined {
  if (type !== newNeighbour || body.length < neighbourHeaderLength) return undefined;
  const usable = (body.readUInt16LE(8) & usableStates) !== 0 && (body.readUInt8(10) & flagProxy) === 0;
  const attributes = readAttributes(body.subarray(neighbourHeaderLength));
  const destination = attributes.get(neighbourAttributes.destination);
  const hardware = attributes.get(neighbourAttributes.linkLayerAddress);
  if (!usable || destination === undefined || hardware?.length !== macLength) return undefined;
  const address = (body.readUInt8(0) === families[4] ? inFamily4 : inFamily6)(destination);
  if (address === undefined || hardware.every((byte) => byte === 0)) return undefined;
  const mac = macText(hardware);
  return { address, mac, interfaceIndex: body.readUInt32LE(4) };
}

function readAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + attributeHeaderLength <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < attributeHeaderLength || at + length > bytes.length) break;
    attributes.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + attributeHeaderLength, at + length));
    at += aligned(length);
  }
  return attributes;
}

function header(type: number, flags: number, sequence: number, bodyLength: number): Buffer {
  const message = Buffer.alloc(headerLength + bodyLength);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(sequence, 8);
  return message;
}

/** NLMSG_ALIGN and RTA_ALIGN. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}

function inFamily4(bytes: Buffer): Address | undefined {
  return bytes.length === 4 ? readIPv4(bytes, 0) : undefined;
}

function inFamily6(bytes: Buffer): Address | undefined {
  return bytes.length === ipv6Length ? readIPv6(bytes, 0) : undefined;
}
