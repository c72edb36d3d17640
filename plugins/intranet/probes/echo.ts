/**
 * ICMP and ICMPv6 echo (RFC 792, RFC 4443) for addresses behind a router, matched by identifier, sequence, address and a
 * cookie of this run.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';
import type { IcmpSocket } from '../sockets/icmp-socket.js';
import { localFailure } from '../system/errors.js';
import { echoRequest, type IcmpMessage } from '../wire/icmp.js';
import { echoRequest6 } from '../wire/icmp6.js';
import { Asked } from './asked.js';
import type { Answer, Hearing, Probe } from './probe.js';
import { unreachable } from './unreachable.js';

/** Long paths answer within 300 ms; the second wait also covers a router that first has to find the host's MAC address. */
const waits = [500, 1000, 1500] as const;
/** Where answers come at once. A late one counts as long as the other probes go on, which is a second more. */
const floors = [100, 200, 400] as const;
const cookieLength = 16;

/** Takes the socket over: it closes with this probe. */
export function openEcho(scene: {
  readonly socket: IcmpSocket;
  readonly isOwn: (address: Address) => boolean;
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}): Probe {
  const { socket, clock } = scene;
  const request = socket.family === 4 ? echoRequest : echoRequest6;
  const id = scene.random.bytes(2).readUInt16BE();
  const cookie = scene.random.bytes(cookieLength);
  const asked = new Asked(clock, scene.random);

  // The kernel sees to the identifier of a ping socket, and gives it a number of its own.
  const ageOf = (address: Address, about: { id: number; sequence: number }) =>
    socket.kind === 'raw' && about.id !== id ? undefined : asked.age(about.sequence, address);
  const answer = (from: Address, message: IcmpMessage): Answer | undefined => {
    if (message.kind === 'echo-reply') {
      const rttMs = ageOf(from, message);
      if (rttMs === undefined || !message.payload.equals(cookie)) return undefined;
      return { address: from, alive: 'yes', timed: true, evidence: { probe: 'icmp-echo', answer: 'reply', rttMs } };
    }
    if (message.kind !== 'unreachable' || message.about.kind !== 'echo') return undefined;
    const { destination } = message.about;
    const rttMs = ageOf(destination, message.about);
    if (rttMs === undefined) return undefined;
    const evidence = { probe: 'icmp-echo', answer: message.reason, rttMs };
    return unreachable({ from, about: destination, isOwn: scene.isOwn, evidence });
  };
  socket.hear((from, message) => {
    const it = answer(from, message);
    if (it !== undefined) scene.hearing.heard(it);
  });

  return {
    name: 'icmp-echo',
    waits,
    floors,
    repeats: true,
    packets: 1,
    send(address) {
      const failed = socket.send(address, request(id, asked.put(address), cookie));
      return failed === undefined ? 'sent' : localFailure(failed);
    },
    close: () => socket.close(),
  };
}
