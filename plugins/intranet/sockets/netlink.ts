/**
 * Asking the kernel of Linux for routes and neighbours (NETLINK_ROUTE). The kernel answers within the very call that asks, so
 * nothing is waited for: a lookup costs 3 µs. No right is needed.
 */
import type { Address } from 'ksocket/plugin';
import { isObstacle, type Obstacle } from '../probes/probe.js';
import {
  isEnd,
  type KernelNeighbour,
  type KernelRoute,
  neighbourRequest,
  readMessages,
  readNeighbour,
  readRoute,
  routeRequest,
} from '../wire/rtnetlink.js';
import { type LibC, libc, type RawSocket } from './libc.js';
import { addressFamilies, nativeInt, netlinkAddress, socketTypes } from './socket-address.js';

const netlinkRoute = 0;
const solSocket = 1;
const soReceiveBuffer = 8;
/** Answers to so many questions wait in the socket at once: 64 of about 1 KiB with the kernel's own book-keeping. */
const batch = 64;
const receiveBufferBytes = 1 << 20;
/** The kernel fills up to 32 KiB of a dump at a time, into whatever room the reader offers. */
const roomBytes = 32 << 10;

export interface Netlink {
  /** In the order of the addresses; undefined where the kernel gave no answer that can be read. Blocks 3 µs each. */
  routes(addresses: readonly Address[]): (KernelRoute | undefined)[];
  neighbours(family: 4 | 6): KernelNeighbour[];
  interfaceName(index: number): string;
  close(): Promise<void>;
}

export async function openNetlink(): Promise<Netlink | Obstacle> {
  const c = await libc();
  if (isObstacle(c)) return c;
  const socket = c.socket(addressFamilies.netlink, socketTypes.raw, netlinkRoute);
  if (typeof socket === 'string')
    return { reason: `netlink socket: ${socket}`, remedy: 'none needed: the main table is read instead' };
  socket.option(solSocket, soReceiveBuffer, nativeInt(receiveBufferBytes));
  return new Conversation(c, socket);
}

/** Can the kernel be asked? For diagnose. */
export async function netlinkObstacle(): Promise<Obstacle | undefined> {
  const netlink = await openNetlink();
  if (isObstacle(netlink)) return netlink;
  await netlink.close();
  return undefined;
}

class Conversation implements Netlink {
  readonly #kernel = netlinkAddress();
  readonly #room = Buffer.alloc(roomBytes);
  #sequence = 0;

  constructor(
    private readonly c: LibC,
    private readonly socket: RawSocket,
  ) {}

  routes(addresses: readonly Address[]): (KernelRoute | undefined)[] {
    const found = new Array<KernelRoute | undefined>(addresses.length);
    for (let from = 0; from < addresses.length; from += batch) {
      const some = addresses.slice(from, from + batch);
      const first = this.#sequence + 1;
      this.#sequence += some.length;
      const requests = some.map((address, i) => routeRequest(address, first + i));
      if (this.socket.send(Buffer.concat(requests), this.#kernel) !== undefined) continue;
      for (let length = this.#read(); length !== undefined; length = this.#read()) {
        for (const message of readMessages(this.#room.subarray(0, length))) {
          const i = message.sequence - first;
          if (i >= 0 && i < some.length) found[from + i] = readRoute(message);
        }
      }
    }
    return found;
  }

  neighbours(family: 4 | 6): KernelNeighbour[] {
    this.#sequence += 1;
    if (this.socket.send(neighbourRequest(family, this.#sequence), this.#kernel) !== undefined) return [];
    const found: KernelNeighbour[] = [];
    for (let length = this.#read(); length !== undefined; length = this.#read()) {
      for (const message of readMessages(this.#room.subarray(0, length))) {
        if (message.sequence !== this.#sequence) continue;
        if (isEnd(message)) return found;
        const it = readNeighbour(message);
        if (it !== undefined) found.push(it);
      }
    }
    return found;
  }

  interfaceName(index: number): string {
    return this.c.interfaceName(index);
  }

  close(): Promise<void> {
    return this.socket.close();
  }

  #read(): number | undefined {
    return this.socket.receive(this.#room);
  }
}
