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
import { type Hearing, isObstacle, type Obstacle, type Probe, type Shot } from './probe.js';
import { tcpFloors, tcpWaits } from './tcp.js';
import { unreachable } from './unreachable.js';

interface Question {
  /**
   * Nobody who has not seen it can acknowledge it, so an answer is proven to be to our question. Remembered, not computed from
   * a key: the time has to be remembered anyway.
   */
  readonly sequence: number;
  readonly at: number;
}

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
  /** By address and port. */
  const asked = new Map<Address, Map<number, Question>>();
  const question = (address: Address, port: number, sequence: number) => {
    const it = asked.get(address)?.get(port);
    return it?.sequence === sequence ? it : undefined;
  };

  const heard = (from: Address, { answer, port, sequence }: SynAnswer) => {
    const it = question(from, port, sequence);
    if (it === undefined) return;
    const evidence = { probe: 'tcp', answer, port, rttMs: clock.monotonic() - it.at };
    const service = answer === 'syn-ack' ? services.find((one) => one.port === port) : undefined;
    hearing.heard({ address: from, alive: 'yes', timed: true, evidence, ...(service ? { service } : {}) });
  };
  const socket = await openSynSocket(scene.family, heard);
  if (isObstacle(socket)) return socket;
  scene.icmp.hear((from, message) => {
    if (message.kind !== 'unreachable' || message.about.kind !== 'tcp') return;
    const { destination: about, port, sequence, sourcePort } = message.about;
    const it = question(about, port, sequence);
    if (it === undefined || sourcePort !== socket.port) return;
    const evidence = { probe: 'tcp', answer: message.reason, port, rttMs: clock.monotonic() - it.at };
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
      if (source === undefined) return { refused: 'no-route' };
      const questions = asked.get(address) ?? new Map<number, Question>();
      asked.set(address, questions);
      const ports = groups[attempt] ?? [];
      const numbers = scene.random.bytes(4 * ports.length);
      let shot: Shot = 'sent';
      for (const [i, port] of ports.entries()) {
        // Nothing leaves for a forbidden port, so nothing can be heard of it.
        if (!scene.permits(address, port)) continue;
        const sequence = numbers.readUInt32BE(4 * i);
        const failed = socket.send(source, address, port, sequence);
        if (failed === undefined) questions.set(port, { sequence, at: clock.monotonic() });
        else if (shot === 'sent') shot = localFailure(failed);
      }
      return shot;
    },
    forget: (address) => void asked.delete(address),
    close: () => socket.close(),
  };
}
