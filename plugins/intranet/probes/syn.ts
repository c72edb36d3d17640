/**
 * SYN packets to the same short list of ports as connects have, in place of them: a connect costs 75 µs and a descriptor, a
 * SYN a fifth of it and none. SYN-ACK and RST both prove that the host is there; so does what it sends itself by ICMP.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';
import { groups, services } from '../ports.js';
import type { IcmpSocket } from '../sockets/icmp-socket.js';
import { openSynSocket } from '../sockets/syn-socket.js';
import { localFailure } from '../system/errors.js';
import type { SynAnswer } from '../wire/tcp.js';
import { Asked } from './asked.js';
import { type Hearing, isObstacle, type Obstacle, type Probe, type Shot } from './probe.js';
import { tcpFloors, tcpWaits } from './tcp.js';
import { unreachable } from './unreachable.js';

/**
 * The sequence number of a SYN: the number of the question, and 16 bits of chance before it. Nobody who has not seen it can
 * acknowledge it, so an answer is proven to be to our question.
 */
const sequenceOf = (number: number, chance: number): number => ((chance << 16) | number) >>> 0;
const numberOf = (sequence: number): number => sequence & 0xffff;
/** What the ring remembers beside the address. */
const secretOf = (port: number, chance: number): number => ((chance << 16) | port) >>> 0;

export async function openSyn(scene: {
  readonly family: 4 | 6;
  /** Hears the routers; stays its owner's. */
  readonly icmp: IcmpSocket;
  readonly sourceFor: (address: Address) => Address | undefined;
  /** The operator's policy for one port of an address. */
  readonly permits: (address: Address, port: number) => boolean;
  readonly isOwn: (address: Address) => boolean;
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<Probe | Obstacle> {
  const { clock, hearing } = scene;
  const asked = new Asked(clock, scene.random);
  const ageOf = (address: Address, port: number, sequence: number) =>
    asked.age(numberOf(sequence), address, secretOf(port, sequence >>> 16));

  const heard = (from: Address, { answer, port, sequence }: SynAnswer) => {
    const rttMs = ageOf(from, port, sequence);
    if (rttMs === undefined) return;
    const evidence = { probe: 'tcp', answer, port, rttMs };
    const service = answer === 'syn-ack' ? services.find((one) => one.port === port) : undefined;
    hearing.heard({ address: from, alive: 'yes', timed: true, evidence, ...(service ? { service } : {}) });
  };
  const socket = await openSynSocket(scene.family, heard);
  if (isObstacle(socket)) return socket;
  scene.icmp.hear((from, message) => {
    if (message.kind !== 'unreachable' || message.about.kind !== 'tcp') return;
    const { destination: about, port, sequence, sourcePort } = message.about;
    const rttMs = sourcePort === socket.port ? ageOf(about, port, sequence) : undefined;
    if (rttMs === undefined) return;
    const evidence = { probe: 'tcp', answer: message.reason, port, rttMs };
    hearing.heard(unreachable({ from, about, isOwn: scene.isOwn, evidence }));
  });

  return {
    name: 'tcp',
    waits: tcpWaits,
    floors: tcpFloors,
    repeats: false,
    packets: 3,
    send(address, attempt) {
      const source = scene.sourceFor(address);
      // The kernel did not say from where; echo and knocks need not know.
      if (source === undefined) return 'nothing';
      const ports = groups[attempt] ?? [];
      const chances = scene.random.bytes(2 * ports.length);
      let shot: Shot = 'sent';
      for (const [i, port] of ports.entries()) {
        // Nothing leaves for a forbidden port, so nothing can be heard of it.
        if (!scene.permits(address, port)) continue;
        const chance = chances.readUInt16BE(2 * i);
        const number = asked.put(address, secretOf(port, chance));
        const failed = socket.send(source, address, port, sequenceOf(number, chance));
        if (failed !== undefined && shot === 'sent') shot = localFailure(failed);
      }
      return shot;
    },
    close: () => socket.close(),
  };
}
