/**
 * ICMP and ICMPv6 echo (RFC 792, RFC 4443) for addresses behind a router, matched by identifier, sequence, address and a
 * cookie of this run.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';
import type { IcmpSocket } from '../sockets/icmp-socket.js';
import { localFailure } from '../system/errors.js';
import { echoRequest, type IcmpMessage } from '../wire/icmp.js';
import { echoRequest6 } from '../wire/icmp6.js';
import type { Answer, Hearing, Probe } from './probe.js';
import { unreachable } from './unreachable.js';

/** Long paths answer within 300 ms; the second wait also covers a router that first has to find the host's MAC address. */
const waits = [500, 1000, 1500] as const;
/** Where answers come at once. A late one counts as long as the other probes go on, which is a second more. */
const floors = [100, 200, 400] as const;
const cookieLength = 16;

interface Question {
  readonly sequence: number;
  readonly at: number;
}

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
  const asked = new Map<Address, Question[]>();
  let sequence = 0;

  // The kernel sees to the identifier of a ping socket, and gives it a number of its own.
  const question = (address: Address, about: { id: number; sequence: number }) =>
    socket.kind === 'raw' && about.id !== id
      ? undefined
      : asked.get(address)?.find((it) => it.sequence === about.sequence);
  const answer = (from: Address, message: IcmpMessage): Answer | undefined => {
    if (message.kind === 'echo-reply') {
      const about = question(from, message);
      if (about === undefined || !message.payload.equals(cookie)) return undefined;
      const rttMs = clock.monotonic() - about.at;
      return { address: from, alive: 'yes', timed: true, evidence: { probe: 'icmp-echo', answer: 'reply', rttMs } };
    }
    if (message.kind !== 'unreachable' || message.about.kind !== 'echo') return undefined;
    const { destination } = message.about;
    const about = question(destination, message.about);
    if (about === undefined) return undefined;
    const evidence = { probe: 'icmp-echo', answer: message.reason, rttMs: clock.monotonic() - about.at };
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
      sequence = (sequence + 1) & 0xffff;
      const failed = socket.send(address, request(id, sequence, cookie));
      if (failed !== undefined) return localFailure(failed);
      const questions = asked.get(address);
      const it = { sequence, at: clock.monotonic() };
      if (questions === undefined) asked.set(address, [it]);
      else questions.push(it);
      return 'sent';
    },
    forget: (address) => void asked.delete(address),
    close: () => socket.close(),
  };
}
