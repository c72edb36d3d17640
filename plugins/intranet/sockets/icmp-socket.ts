/**
 * ICMP for IPv4 through the kernel: a raw socket (raw(7), needs CAP_NET_RAW), or a ping socket (icmp(7), needs the group in
 * net.ipv4.ping_group_range). Routes, source address and interface are the kernel's choice, policy routes too.
 */
import type { Address } from 'ksocket/plugin';
import { isObstacle, type Obstacle } from '../probes/probe.js';
import { echoReplyType, type IcmpMessage, readIcmp, unreachableType } from '../wire/icmp.js';
import { readIPv4, readIPv4Packet } from '../wire/ipv4.js';
import { libc, type RawSocket } from './libc.js';
import { addressFamilies, nativeInt, socketAddress, socketTypes } from './socket-address.js';

export interface IcmpSocket {
  /** A ping socket writes an identifier of its own into each request and hears no unreachables. */
  readonly kind: 'raw' | 'ping';
  /** The name of the error, undefined when it left. */
  send(to: Address, message: Buffer): string | undefined;
  close(): Promise<void>;
}

const icmpProtocol = 1;
const solSocket = 1;
const soReceiveBuffer = 8;
const receiveBufferBytes = 1 << 20;
// linux/icmp.h: a set bit keeps that type away from the socket.
const solRaw = 255;
const icmpFilter = 1;
const blockedTypes = ~((1 << echoReplyType) | (1 << unreachableType));

export async function openIcmpSocket(
  onMessage: (from: Address, message: IcmpMessage) => void,
): Promise<IcmpSocket | Obstacle> {
  const opened = await open();
  if (isObstacle(opened)) return opened;
  const { kind, socket } = opened;
  socket.option(solSocket, soReceiveBuffer, nativeInt(receiveBufferBytes));
  if (kind === 'raw') socket.option(solRaw, icmpFilter, nativeInt(blockedTypes));
  socket.listen(({ bytes, from }) => {
    // A raw socket hands over the IP header too.
    const packet = kind === 'raw' ? readIPv4Packet(bytes) : { source: readIPv4(from, 4), payload: bytes };
    if (packet === undefined) return;
    const message = readIcmp(packet.payload);
    if (message !== undefined) onMessage(packet.source, message);
  });
  return {
    kind,
    send: (to, message) => socket.send(message, socketAddress(to)),
    close: () => socket.close(),
  };
}

/** Can it be opened here at all? For diagnose. */
export async function icmpKind(): Promise<'raw' | 'ping' | Obstacle> {
  const opened = await open();
  if (isObstacle(opened)) return opened;
  await opened.socket.close();
  return opened.kind;
}

async function open(): Promise<{ kind: 'raw' | 'ping'; socket: RawSocket } | Obstacle> {
  const c = await libc();
  if (isObstacle(c)) return c;
  // Raw first: it hears the routers' unreachables.
  const raw = c.socket(addressFamilies.inet, socketTypes.raw, icmpProtocol);
  if (typeof raw !== 'string') return { kind: 'raw', socket: raw };
  const ping = c.socket(addressFamilies.inet, socketTypes.datagram, icmpProtocol);
  if (typeof ping !== 'string') return { kind: 'ping', socket: ping };
  return {
    reason: `no ICMP socket: raw ${raw}, ping ${ping}`,
    remedy:
      'give the capability CAP_NET_RAW, or widen the sysctl net.ipv4.ping_group_range to the group of the service',
  };
}
