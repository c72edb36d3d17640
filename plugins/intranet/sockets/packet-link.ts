/** A link through a packet socket of Linux (packet(7)), bound to one EtherType so that no other frame wakes the process. */
import type { Obstacle } from '../probes/probe.js';
import { isObstacle } from '../probes/probe.js';
import { libc, type RawSocket } from './libc.js';
import type { Link, OnFrame } from './link.js';
import { addressFamilies, linkAddress, nativeInt, socketTypes } from './socket-address.js';

const etherTypeArp = 0x0806;
const solSocket = 1;
const soReceiveBuffer = 8;
/** Answers of a /16 that come within one busy moment: 65,536 frames would need more than a kernel grants anyway. */
const receiveBufferBytes = 4 << 20;

const remedy = 'run with the capability CAP_NET_RAW (setcap cap_net_raw+ep on the node binary, or the service unit)';

/** ARP as a carrier of links. */
export async function openPacketLink(interfaceName: string, onFrame: OnFrame): Promise<Link | Obstacle> {
  const socket = await openPacketSocket(interfaceName, etherTypeArp, onFrame);
  return isObstacle(socket) ? socket : { carrier: 'packet-socket', ...socket };
}

/** Frames of one EtherType; of these only what the filter accepts, where there is one. */
export async function openPacketSocket(
  interfaceName: string,
  etherType: number,
  onFrame: OnFrame,
  filter?: Buffer,
): Promise<Omit<Link, 'carrier'> | Obstacle> {
  const c = await libc();
  if (isObstacle(c)) return c;
  // Protocol 0 until it is bound: a socket that hears everything first would have to be unhooked from all interfaces.
  const socket = c.socket(addressFamilies.packet, socketTypes.raw, 0);
  if (typeof socket === 'string') return { reason: `packet socket: ${socket}`, remedy };
  const index = c.interfaceIndex(interfaceName);
  const to = linkAddress(index, etherType);
  // Bound to index 0 it would hear all interfaces.
  const failed = index === 0 ? 'no such interface' : ((filter && socket.filter(filter)) ?? socket.bind(to));
  if (failed !== undefined) {
    await socket.close();
    return { reason: `packet socket on ${interfaceName}: ${failed}`, remedy };
  }
  // A smaller buffer than asked for is no fault.
  socket.option(solSocket, soReceiveBuffer, nativeInt(receiveBufferBytes));
  socket.listen(({ bytes }) => onFrame(bytes));
  return { send: (frame) => socket.send(frame, to) === undefined, close: () => socket.close() };
}

/** Sends one frame on the link and closes again. Nothing comes in: protocol 0 receives no frame. */
export async function sendOnce(interfaceName: string, frame: Buffer): Promise<void> {
  const c = await libc();
  if (isObstacle(c)) return;
  const socket: RawSocket | string = c.socket(addressFamilies.packet, socketTypes.raw, 0);
  if (typeof socket === 'string') return;
  socket.send(frame, linkAddress(c.interfaceIndex(interfaceName), etherTypeArp));
  await socket.close();
}

export async function packetObstacle(): Promise<Obstacle | undefined> {
  const c = await libc();
  if (isObstacle(c)) return c;
  const socket = c.socket(addressFamilies.packet, socketTypes.raw, 0);
  if (typeof socket === 'string') return { reason: `packet socket: ${socket}`, remedy };
  await socket.close();
  return undefined;
}
