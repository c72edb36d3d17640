/** ICMP echo (RFC 792) for addresses behind a router, matched by identifier, sequence, address and a cookie of this run. */
import type { Address, Clock, Random } from 'ksocket/plugin';
import { openIcmpSocket } from '../sockets/icmp-socket.js';
import { localFailure } from '../system/errors.js';
import { echoRequest, type IcmpMessage } from '../wire/icmp.js';
import { type Answer, type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

/** Long paths answer within 300 ms; the second wait also covers a router that first has to find the host's MAC address. */
const waits = [500, 1000, 1500] as const;
const cookieLength = 16;

interface Question {
  readonly sequence: number;
  readonly at: number;
}

export async function openEcho(scene: {
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<Probe | Obstacle> {
  const id = scene.random.bytes(2).readUInt16BE();
  const cookie = scene.random.bytes(cookieLength);
  const asked = new Map<Address, Question[]>();
  let sequence = 0;

  const question = (address: Address, wanted: number) => asked.get(address)?.find((it) => it.sequence === wanted);
  const answer = (from: Address, message: IcmpMessage): Answer | undefined => {
    // The kernel sees to the identifier of a ping socket, and gives it a number of its own.
    const foreign = (other: number) => socketKind === 'raw' && other !== id;
    if (message.kind === 'echo-reply') {
      const about = question(from, message.sequence);
      if (about === undefined || foreign(message.id) || !message.payload.equals(cookie)) return undefined;
      const rttMs = scene.clock.monotonic() - about.at;
      return { address: from, alive: 'yes', timed: true, evidence: { probe: 'icmp-echo', answer: 'reply', rttMs } };
    }
    const { destination } = message.about;
    const about = question(destination, message.about.sequence);
    if (about === undefined || foreign(message.about.id)) return undefined;
    return {
      address: destination,
      ...unreachable(from, destination, message.reason, scene.clock.monotonic() - about.at),
    };
  };

  let socketKind: 'raw' | 'ping' = 'raw';
  const socket = await openIcmpSocket((from, message) => {
    const it = answer(from, message);
    if (it !== undefined) scene.hearing.heard(it);
  });
  if (isObstacle(socket)) return socket;
  socketKind = socket.kind;

  return {
    name: 'icmp-echo',
    waits,
    repeats: true,
    packets: 1,
    send(address) {
      sequence = (sequence + 1) & 0xffff;
      const failed = socket.send(address, echoRequest(id, sequence, cookie));
      if (failed !== undefined) return localFailure(failed);
      const questions = asked.get(address);
      const it = { sequence, at: scene.clock.monotonic() };
      if (questions === undefined) asked.set(address, [it]);
      else questions.push(it);
      return 'sent';
    },
    forget: (address) => void asked.delete(address),
    close: () => socket.close(),
  };
}

/**
 * An unreachable proves life when the asked host itself sends it (a firewall that rejects), death only when a router on the
 * way says that this host cannot be reached (code 1); prohibitions and missing networks prove nothing.
 */
function unreachable(from: Address, about: Address, reason: string, rttMs: number): Omit<Answer, 'address'> {
  const evidence = { probe: 'icmp-echo', answer: reason, rttMs };
  if (from === about) return { evidence, alive: 'yes', timed: true };
  return { evidence, ...(reason === 'host-unreachable' ? { alive: 'no' as const } : {}), timed: false };
}
