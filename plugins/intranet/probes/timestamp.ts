/**
 * ICMP timestamp (RFC 792), the second opinion on a host that was silent to echo: firewalls that drop the one often forget the
 * other. Through the raw socket of the echo probe, matched by address, identifier, sequence and the time it was asked with.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';
import type { IcmpSocket } from '../sockets/icmp-socket.js';
import { localFailure } from '../system/errors.js';
import { timestampRequest } from '../wire/icmp.js';
import { Asked } from './asked.js';
import type { Hearing, Probe } from './probe.js';
import { unreachable } from './unreachable.js';

/** One question: echo has had three, so loss is not what kept the host silent. */
const waits = [700] as const;
const floors = [200] as const;

/** The socket stays its owner's. */
export function openTimestamp(scene: {
  readonly socket: IcmpSocket;
  readonly isOwn: (address: Address) => boolean;
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}): Probe {
  const { socket, clock, hearing } = scene;
  const id = scene.random.bytes(2).readUInt16BE();
  const asked = new Asked(clock, scene.random);
  socket.hear((from, message) => {
    if (message.kind === 'timestamp-reply') {
      const rttMs = message.id === id ? asked.age(message.sequence, from, message.originate) : undefined;
      if (rttMs === undefined) return;
      const evidence = { probe: 'icmp-timestamp', answer: 'reply', rttMs };
      hearing.heard({ address: from, alive: 'yes', timed: true, evidence });
    } else if (message.kind === 'unreachable' && message.about.kind === 'timestamp') {
      const { destination: about, id: quoted, sequence } = message.about;
      const rttMs = quoted === id ? asked.age(sequence, about) : undefined;
      if (rttMs === undefined) return;
      const evidence = { probe: 'icmp-timestamp', answer: message.reason, rttMs };
      hearing.heard(unreachable({ from, about, isOwn: scene.isOwn, evidence }));
    }
  });

  return {
    name: 'icmp-timestamp',
    waits,
    floors,
    repeats: true,
    packets: 1,
    send(address) {
      // Not the time of day: any number is given back, and one that nobody can guess proves more.
      const originate = scene.random.bytes(4).readUInt32BE();
      const failed = socket.send(address, timestampRequest(id, asked.put(address, originate), originate));
      return failed === undefined ? 'sent' : localFailure(failed);
    },
    close: () => undefined,
  };
}
