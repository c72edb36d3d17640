/**
 * ARP who-has in frames of our own on one link. The kernel's neighbour table stays out of it: its 1,024 entries would
 * overflow in a fast sweep, and with them the machine's own traffic.
 */
import type { Address, Clock, Logger } from 'ksocket/plugin';
import { type Carrier, openLink } from '../sockets/link.js';
import { linkState } from '../system/interfaces.js';
import { readArpReply, type Station, whoHas } from '../wire/arp.js';
import { type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

/** A host of a link answers in well under a millisecond; a sleeping one, or a wireless one in power save, in 100 to 300 ms. */
const waits = [150, 300, 600] as const;
/** How soon it is noticed that the link is gone: a vanished interface raises no error, silence on it would prove nothing. */
const watchMs = 100;

export async function openArp(scene: {
  readonly interface: string;
  /** Who asks: the address of this machine that is the nearest to the asked one. */
  readonly sourceFor: (address: Address) => Station | undefined;
  readonly ownMac: string;
  /** In the order of preference. */
  readonly carriers: readonly Carrier[];
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Probe | Obstacle> {
  const link = await openLink(scene, (frame) => {
    const station = readArpReply(frame);
    if (station === undefined) return;
    const { address, mac } = station;
    scene.hearing.heard({ address, mac, alive: 'yes', evidence: { probe: 'arp', answer: 'reply' } });
  });
  if (isObstacle(link)) return link;
  scene.log.debug('ARP frames go through a carrier', { interface: scene.interface, carrier: link.carrier });

  let trouble: string | undefined;
  let lookedAt = scene.clock.monotonic();
  const look = (): string | undefined => {
    if (trouble !== undefined) return trouble;
    lookedAt = scene.clock.monotonic();
    const state = linkState(scene.interface);
    if (state === 'up') return undefined;
    trouble = `interface-${state}`;
    scene.log.warn('the interface was lost during the sweep; its addresses stay unknown', {
      interface: scene.interface,
      state,
    });
    return trouble;
  };
  let unwatch = scene.clock.after(watchMs, function again() {
    look();
    unwatch = scene.clock.after(watchMs, again);
  });

  return {
    name: 'arp',
    waits,
    repeats: true,
    packets: 1,
    send(address) {
      if (trouble !== undefined) return { refused: trouble };
      const source = scene.sourceFor(address);
      if (source === undefined) return { refused: 'no-route' };
      if (link.send(whoHas(source, address))) return 'sent';
      const lost = look();
      return lost === undefined ? 'short' : { refused: lost };
    },
    // Each look reads files of the kernel: not once for each of 65,536 addresses.
    silence: () => (scene.clock.monotonic() - lookedAt < watchMs / 2 ? trouble : look()) ?? 'silent',
    async close() {
      unwatch();
      await link.close();
    },
  };
}
