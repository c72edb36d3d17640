/**
 * Single SYN packets through a raw socket (raw(7), needs CAP_NET_RAW). A TCP socket that is bound and never listens keeps the
 * port ours, so that no connection of others gets our answers; the kernel itself ends what an accepting host began, with
 * the RST that it sends to every SYN-ACK of no connection.
 */
import type { Address } from 'ksocket/plugin';
import { isObstacle, type Obstacle } from '../probes/probe.js';
import { readIPv4Packet } from '../wire/ipv4.js';
import { readIPv6 } from '../wire/ipv6.js';
import { readSynAnswer, type SynAnswer, synPacket, synSegment, tcpChecksumOffset, tcpProtocol } from '../wire/tcp.js';
import { tcpTo } from './filter.js';
import { libc, type RawSocket, type Received } from './libc.js';
import { addressFamilies, nativeInt, socketAddress, socketTypes } from './socket-address.js';

export interface SynSocket {
  readonly family: 4 | 6;
  /** Of this machine, as packets bear it. */
  readonly port: number;
  /** The name of the error, undefined when it left. `source` has to be what the kernel would choose. */
  send(source: Address, to: Address, port: number, sequence: number): string | undefined;
  close(): Promise<void>;
}

const solSocket = 1;
const soReceiveBuffer = 8;
/** Some 10,000 answers that come while the event loop is held. */
const receiveBufferBytes = 4 << 20;
const solIP = 0;
const ipHeaderIncluded = 3;
const solIPv6 = 41;
const ipv6Checksum = 7;
const families = { 4: addressFamilies.inet, 6: addressFamilies.inet6 } as const;
const anyAddress = { 4: '0.0.0.0', 6: '::' } as const;
const remedy = 'give the capability CAP_NET_RAW; connects are used instead';

export async function openSynSocket(
  family: 4 | 6,
  onAnswer: (from: Address, answer: SynAnswer) => void,
): Promise<SynSocket | Obstacle> {
  const c = await libc();
  if (isObstacle(c)) return c;
  const raw = c.socket(families[family], socketTypes.raw, tcpProtocol);
  if (typeof raw === 'string') return { reason: `raw TCP socket: ${raw}`, remedy };
  const reserve = c.socket(families[family], socketTypes.stream, 0);
  if (typeof reserve === 'string') {
    await raw.close();
    return { reason: `TCP socket: ${reserve}`, remedy };
  }
  const close = async () => void (await Promise.all([raw.close(), reserve.close()]));
  const failed = reserve.bind(socketAddress(anyAddress[family])) ?? prepare(raw, family, portOf(reserve));
  if (failed !== undefined) {
    await close();
    return { reason: `raw TCP socket: ${failed}`, remedy };
  }
  const port = portOf(reserve);
  const read = family === 4 ? read4 : read6;
  raw.listen((packet) => {
    const it = read(packet);
    // What came before the filter was set may be another's.
    if (it?.answer?.to === port) onAnswer(it.from, it.answer);
  });
  return {
    family,
    port,
    send(source, to, toPort, sequence) {
      const question = { sourcePort: port, port: toPort, sequence };
      // For IPv6 the kernel writes header and checksum, with a source that it looks up alike.
      const bytes = family === 4 ? synPacket(source, to, question) : synSegment(question);
      return raw.send(bytes, socketAddress(to));
    },
    close,
  };
}

/** Can it be opened here at all? For diagnose. */
export async function synObstacle(): Promise<Obstacle | undefined> {
  const socket = await openSynSocket(4, () => undefined);
  if (isObstacle(socket)) return socket;
  await socket.close();
  return undefined;
}

function prepare(raw: RawSocket, family: 4 | 6, port: number): string | undefined {
  raw.option(solSocket, soReceiveBuffer, nativeInt(receiveBufferBytes));
  const header =
    family === 4
      ? raw.option(solIP, ipHeaderIncluded, nativeInt(1))
      : raw.option(solIPv6, ipv6Checksum, nativeInt(tcpChecksumOffset));
  return header ?? raw.filter(tcpTo(port, family));
}

function portOf(socket: RawSocket): number {
  return socket.name().readUInt16BE(2);
}

type Read = (packet: Received) => { from: Address; answer: SynAnswer | undefined } | undefined;

const read4: Read = ({ bytes }) => {
  const packet = readIPv4Packet(bytes);
  return packet && { from: packet.source, answer: readSynAnswer(packet.payload) };
};

/** Without the IP header (RFC 3542, 3). */
const read6: Read = ({ bytes, from }) => ({ from: readIPv6(from, 8), answer: readSynAnswer(bytes) });
