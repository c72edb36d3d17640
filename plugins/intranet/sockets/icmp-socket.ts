/**
 * ICMP and ICMPv6 through the kernel: a raw socket (raw(7), needs CAP_NET_RAW), or a ping socket (icmp(7), needs the group in
 * net.ipv4.ping_group_range, for both families). Routes, source address and interface are the kernel's choice, policy
 * routes too.
 */
import type { Address } from 'ksocket/plugin';
import { isObstacle, type Obstacle } from '../probes/probe.js';
import { echoReplyType, type IcmpMessage, readIcmp, timestampReplyType, unreachableType } from '../wire/icmp.js';
import { echoReplyType6, readIcmp6, unreachableType6 } from '../wire/icmp6.js';
import { readIPv4, readIPv4Packet } from '../wire/ipv4.js';
import { readIPv6 } from '../wire/ipv6.js';
import { libc, type RawSocket, type Received } from './libc.js';
import { addressFamilies, nativeInt, socketAddress, socketTypes } from './socket-address.js';

type Listener = (from: Address, message: IcmpMessage) => void;

export interface IcmpSocket {
  readonly family: 4 | 6;
  /** A ping socket writes an identifier of its own into each request and hears no unreachables. */
  readonly kind: 'raw' | 'ping';
  /** The name of the error, undefined when it left. */
  send(to: Address, message: Buffer): string | undefined;
  /** Several probes hear one socket. The payload of a message is used again: copy what is kept. */
  hear(listener: Listener): void;
  close(): Promise<void>;
}

const solSocket = 1;
const soReceiveBuffer = 8;
const receiveBufferBytes = 1 << 20;
const protocols = { 4: 1, 6: 58 } as const;
const families = { 4: addressFamilies.inet, 6: addressFamilies.inet6 } as const;
// linux/icmp.h: a set bit keeps that type away from the socket. linux/icmpv6.h: the same with a bit for each of 256 types.
const solRaw = 255;
const icmpFilter = 1;
const solIcmpv6 = 58;
const icmpv6Filter = 1;

export async function openIcmpSocket(family: 4 | 6): Promise<IcmpSocket | Obstacle> {
  const opened = await open(family);
  if (isObstacle(opened)) return opened;
  const { kind, socket } = opened;
  const listeners: Listener[] = [];
  socket.option(solSocket, soReceiveBuffer, nativeInt(receiveBufferBytes));
  if (kind === 'raw') letThrough(socket, family);
  const read = family === 4 ? reader4(kind) : reader6;
  socket.listen((packet) => {
    const it = read(packet);
    if (it?.message === undefined) return;
    for (const listener of listeners) listener(it.from, it.message);
  });
  return {
    family,
    kind,
    send: (to, message) => socket.send(message, socketAddress(to)),
    hear: (listener) => void listeners.push(listener),
    close: () => socket.close(),
  };
}

function letThrough(socket: RawSocket, family: 4 | 6): void {
  if (family === 4) {
    const blocked = ~[echoReplyType, unreachableType, timestampReplyType].reduce((bits, type) => bits | (1 << type), 0);
    socket.option(solRaw, icmpFilter, nativeInt(blocked));
    return;
  }
  const blocked = new Uint32Array(8).fill(0xffff_ffff);
  for (const type of [echoReplyType6, unreachableType6]) blocked[type >>> 5]! &= ~(1 << (type & 31));
  socket.option(solIcmpv6, icmpv6Filter, Buffer.from(blocked.buffer));
}

type Read = (packet: Received) => { from: Address; message: IcmpMessage | undefined } | undefined;

function reader4(kind: 'raw' | 'ping'): Read {
  if (kind === 'ping') return ({ bytes, from }) => ({ from: readIPv4(from, 4), message: readIcmp(bytes) });
  // A raw socket hands over the IP header too.
  return ({ bytes }) => {
    const packet = readIPv4Packet(bytes);
    return packet && { from: packet.source, message: readIcmp(packet.payload) };
  };
}

/** Without the IP header, whatever the kind (RFC 3542, 3). */
const reader6: Read = ({ bytes, from }) => ({ from: readIPv6(from, 8), message: readIcmp6(bytes) });

/** Can it be opened here at all? For diagnose. */
export async function icmpKind(family: 4 | 6): Promise<'raw' | 'ping' | Obstacle> {
  const opened = await open(family);
  if (isObstacle(opened)) return opened;
  await opened.socket.close();
  return opened.kind;
}

async function open(family: 4 | 6): Promise<{ kind: 'raw' | 'ping'; socket: RawSocket } | Obstacle> {
  const c = await libc();
  if (isObstacle(c)) return c;
  // Raw first: it hears the routers' unreachables.
  const raw = c.socket(families[family], socketTypes.raw, protocols[family]);
  if (typeof raw !== 'string') return { kind: 'raw', socket: raw };
  const ping = c.socket(families[family], socketTypes.datagram, protocols[family]);
  if (typeof ping !== 'string') return { kind: 'ping', socket: ping };
  if (raw === 'EAFNOSUPPORT') return { reason: 'the kernel has no IPv6', remedy: 'none needed where no IPv6 is used' };
  return {
    reason: `no ${family === 4 ? 'ICMP' : 'ICMPv6'} socket: raw ${raw}, ping ${ping}`,
    remedy:
      'give the capability CAP_NET_RAW, or widen the sysctl net.ipv4.ping_group_range to the group of the service',
  };
}
