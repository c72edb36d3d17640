/**
 * A cable that loses frames, for kernels without netem: a process between two interfaces of its namespace that carries each
 * frame to the other one, but for a seeded share. Arguments: JSON of `LossyBridge`. It says `ready`, and at the end of its
 * standard input what it carried.
 */
import { performance } from 'node:perf_hooks';
import { libc, type RawSocket } from '../../plugins/intranet/sockets/libc.js';
import { addressFamilies, linkAddress, nativeInt, socketTypes } from '../../plugins/intranet/sockets/socket-address.js';
import { fillChecksum } from './checksum.js';

export interface LossyBridge {
  readonly interfaces: readonly [string, string];
  /** 0 to 1, for each frame in each direction. */
  readonly loss: number;
  readonly seed: number;
}

export interface Carried {
  readonly carried: number;
  readonly lost: number;
  /** Frames that the other interface did not take; a bridge below its ceiling has none. */
  readonly failed: number;
  /** From the first frame to the last. */
  readonly seconds: number;
}

/** packet(7): every EtherType; and the mode in which frames for other stations come in too. */
const etherTypeAll = 3;
const solPacket = 263;
const packetAddMembership = 1;
const packetMrPromisc = 1;
const solSocket = 1;
/** Past the limit of rmem_max, which root may. */
const soReceiveBufferForce = 33;
const receiveBufferBytes = 64 << 20;

const { interfaces, loss, seed } = JSON.parse(process.argv[2] ?? '{}') as LossyBridge;
const c = await libc();
if ('reason' in c) throw new Error(c.reason);

function open(name: string): readonly [RawSocket, Buffer] {
  if ('reason' in c) throw new Error(c.reason);
  const to = linkAddress(c.interfaceIndex(name), etherTypeAll);
  const socket = c.socket(addressFamilies.packet, socketTypes.raw, 0);
  if (typeof socket === 'string') throw new Error(`packet socket: ${socket}`);
  // struct packet_mreq: index, type, and an address that this type does not use.
  const promiscuous = Buffer.alloc(16);
  nativeInt(c.interfaceIndex(name)).copy(promiscuous, 0);
  Buffer.from(Uint16Array.of(packetMrPromisc).buffer).copy(promiscuous, 4);
  const failed =
    socket.bind(to) ??
    socket.option(solPacket, packetAddMembership, promiscuous) ??
    socket.option(solSocket, soReceiveBufferForce, nativeInt(receiveBufferBytes));
  if (failed !== undefined) throw new Error(`packet socket on ${name}: ${failed}`);
  return [socket, to];
}

/** mulberry32: small, seeded, and good enough for a coin. */
let state = seed >>> 0;
function chance(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const counts = { carried: 0, lost: 0, failed: 0 };
let first: number | undefined;
let last = 0;
const ends = [open(interfaces[0]), open(interfaces[1])] as const;
// The kernel gives a socket no frame that it sent itself, so nothing goes in circles.
for (const [[from], [to, address]] of [ends, [ends[1], ends[0]]] as const) {
  from.listen(({ bytes }) => {
    last = performance.now();
    first ??= last;
    fillChecksum(bytes);
    if (chance() < loss) counts.lost += 1;
    else if (to.send(bytes, address) === undefined) counts.carried += 1;
    else counts.failed += 1;
  });
}
process.stdout.write('ready\n');
process.stdin.on('end', async () => {
  for (const [socket] of ends) await socket.close();
  process.stdout.write(
    `${JSON.stringify({ ...counts, seconds: (last - (first ?? last)) / 1000 } satisfies Carried)}\n`,
  );
});
process.stdin.resume();
