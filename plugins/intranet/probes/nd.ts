/**
 * Neighbour solicitations of IPv6 in frames of our own on one link, past the kernel's neighbour table as ARP is. An answer
 * comes to our own address, so no multicast group has to be joined.
 */
import { advertisementsTo } from '../sockets/filter.js';
import { openPacketSocket } from '../sockets/packet-link.js';
import { etherTypeIPv6, readAdvertisement, solicitation } from '../wire/neighbour-discovery.js';
import { type LinkScene, linkProbe } from './link-probe.js';
import { isObstacle, type Obstacle, type Probe } from './probe.js';

export async function openNd(scene: LinkScene): Promise<Probe | Obstacle> {
  const onFrame = (frame: Buffer) => {
    const it = readAdvertisement(frame);
    // Only what was asked and came back to who asked: others' and unasked advertisements go to a multicast group.
    if (it === undefined || it.to.address !== scene.sourceFor(it.target)?.address) return;
    const evidence = { probe: 'nd', answer: 'advertisement' };
    scene.hearing.heard({
      address: it.target,
      alive: 'yes',
      evidence,
      ...(it.mac === undefined ? {} : { mac: it.mac }),
    });
  };
  const socket = await openPacketSocket(scene.interface, etherTypeIPv6, onFrame, advertisementsTo(scene.ownMac));
  return isObstacle(socket) ? socket : linkProbe('nd', scene, socket, solicitation);
}
