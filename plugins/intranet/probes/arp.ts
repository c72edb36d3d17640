/**
 * ARP who-has in frames of our own on one link. The kernel's neighbour table stays out of it: its 1,024 entries would
 * overflow in a fast sweep, and with them the machine's own traffic.
 */
import type { Address, Clock, Logger } from 'ksocket/plugin';
import { type Carrier, openLink } from '../sockets/link.js';
import { ArpQuestion, readArpReply, type Station } from '../wire/arp.js';
import { LinkWatch } from './link-watch.js';
import { type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

/** A host of a link answers in well under a millisecond; a sleeping one, or a wireless one in power save, in 100 to 300 ms. */
export const arpWaits = [150, 300, 600] as const;
/** Where answers come at once, 700 ms in all still hear whoever sleeps. */
export const arpFloors = [100, 200, 400] as const;

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
    const it = readArpReply(frame);
    if (it === undefined) return;
    const { address, mac } = it.from;
    // Announcements, and answers to others, prove nothing: nobody asked for them.
    const asker = scene.sourceFor(address);
    if (it.to.address !== asker?.address || it.to.mac !== asker.mac) return;
    scene.hearing.heard({ address, mac, alive: 'yes', evidence: { probe: 'arp', answer: 'reply' } });
  });
  if (isObstacle(link)) return link;
  scene.log.debug('ARP frames go through a carrier', { interface: scene.interface, carrier: link.carrier });

  const watch = new LinkWatch(scene);
  // A carrier has copied the frame when it returns, so each asker needs one frame only.
  const questions = new Map<Station, ArpQuestion>();

  return {
    name: 'arp',
    waits: arpWaits,
    floors: arpFloors,
    repeats: true,
    packets: 1,
    send(address) {
      if (watch.trouble !== undefined) return { refused: watch.trouble };
      const source = scene.sourceFor(address);
      if (source === undefined) return { refused: 'no-route' };
      const question = questions.get(source) ?? new ArpQuestion(source);
      questions.set(source, question);
      if (link.send(question.for(address))) return 'sent';
      const lost = watch.look();
      return lost === undefined ? 'short' : { refused: lost };
    },
    silence: () => watch.silence(),
    async close() {
      watch.close();
      await link.close();
    },
  };
}
