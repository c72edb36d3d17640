/**
 * ICMP timestamp (RFC 792), the second opinion on a host that was silent to echo: firewalls that drop the one often forget the
 * other. Through the raw socket of the echo probe, matched by address, identifier, sequence and the time it was asked with.
 */
import type { Address, Clock, Random } from 'ksocket/plugin';
import type { IcmpSocket } from '../sockets/icmp-socket.js';
import { localFailure } from '../system/errors.js';
import { timestampRequest } from '../wire/icmp.js';
import type { Hearing, Probe } from './probe.js';
import { unreachable } from './unreachable.js';

/** One question: echo has had three, so loss is not what kept the host silent. */
const waits = [700] as const;
const floors = [200] as const;

interface Question {
  readonly sequence: number;
  readonly originate: number;
  readonly at: number;
}

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
  const asked = new Map<Address, Question>();
  let sequence = 0;

  const question = (address: Address, about: { readonly id: number; readonly sequence: number }) => {
    const it = asked.get(address);
    return it !== undefined && about.id === id && about.sequence === it.sequence ? it : undefined;
  };
  socket.hear((from, message) => {
    if (message.kind === 'timestamp-reply') {
      const it = question(from, message);
      if (it === undefined || it.originate !== message.originate) return;
      const evidence = { probe: 'icmp-timestamp', answer: 'reply', rttMs: clock.monotonic() - it.at };
      hearing.heard({ address: from, alive: 'yes', timed: true, evidence });
    } else if (message.kind === 'unreachable' && message.about.kind === 'timestamp') {
      const about = message.about.destination;
      const it = question(about, message.about);
      if (it === undefined) return;
      const evidence = { probe: 'icmp-timestamp', answer: message.reason, rttMs: clock.monotonic() - it.at };
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
      sequence = (sequence + 1) & 0xffff;
      // Not the time of day: any number is given back, and one that nobody can guess proves more.
      const originate = scene.random.bytes(4).readUInt32BE();
      const failed = socket.send(address, timestampRequest(id, sequence, originate));
      if (failed !== undefined) return localFailure(failed);
      asked.set(address, { sequence, originate, at: clock.monotonic() });
      return 'sent';
    },
    forget: (address) => void asked.delete(address),
    close: () => undefined,
  };
}
