/**
 * TCP connects to a short list of ports: an accepted and a refused connection both prove that the host is there. The kernel's
 * EHOSTUNREACH proves nothing: it stands for a router's word as well as for a firewall's prohibition or a dead gateway.
 */
import type { Address } from 'ksocket/plugin';
import { groups, services } from '../ports.js';
import type { TcpAsker } from '../sockets/tcp.js';
import type { Hearing, Probe } from './probe.js';

/** Before the kernel repeats its SYN after 1 s; each further group is a further chance against loss. */
export const tcpWaits = [700, 700, 900] as const;
export const tcpFloors = [150, 150, 300] as const;

/** `onLink`: there the kernel itself says EHOSTUNREACH when nobody answers its ARP, which is plain silence. */
export function openTcp(scene: { hearing: Hearing; asker: TcpAsker; onLink: boolean }): Probe {
  const asking = new Map<Address, (() => void)[]>();

  return {
    name: 'tcp',
    waits: tcpWaits,
    floors: tcpFloors,
    repeats: false,
    packets: 3,
    send(address, attempt, waitMs) {
      const ports = groups[attempt] ?? [];
      if (scene.asker.room < ports.length) return 'busy';
      const ends = asking.get(address) ?? [];
      asking.set(address, ends);
      for (const port of ports) {
        // A little before the lane's own wait ends, so that what was short of a descriptor is known by then.
        const end = scene.asker.ask(address, port, waitMs - 5, (answer, rttMs) => {
          const evidence = { probe: 'tcp', answer, port, rttMs };
          const service = services.find((it) => it.port === port);
          if (answer === 'short') scene.hearing.unsent(address);
          else if (answer === 'syn-ack')
            scene.hearing.heard({ address, alive: 'yes', evidence, timed: true, ...(service ? { service } : {}) });
          else if (answer === 'rst') scene.hearing.heard({ address, alive: 'yes', evidence, timed: true });
          else if (answer === 'refused-locally' || (answer === 'host-unreachable' && !scene.onLink))
            scene.hearing.heard({ address, evidence });
        });
        ends.push(end);
      }
      return 'sent';
    },
    forget(address) {
      for (const end of asking.get(address) ?? []) end();
      asking.delete(address);
    },
    close() {
      for (const address of [...asking.keys()]) this.forget?.(address);
    },
  };
}
