/**
 * ARP who-has in frames of our own on one link. The kernel's neighbour table stays out of it: its 1,024 entries would
 * overflow in a fast sweep, and with them the machine's own traffic.
 */
import { type Carrier, openLink } from '../sockets/link.js';
import { ArpQuestion, readArpReply, type Station } from '../wire/arp.js';
import { type LinkScene, linkProbe } from './link-probe.js';
import { isObstacle, type Obstacle, type Probe } from './probe.js';

/** @param scene.carriers in the order of preference */
export async function openArp(scene: LinkScene & { readonly carriers: readonly Carrier[] }): Promise<Probe | Obstacle> {
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
  // A carrier has copied the frame when it returns, so each asker needs one frame only.
  const questions = new Map<Station, ArpQuestion>();
  return linkProbe('arp', scene, link, (source, address) => {
    const question = questions.get(source) ?? new ArpQuestion(source);
    questions.set(source, question);
    return question.for(address);
  });
}
