/**
 * Neighbour solicitations of IPv6 in frames of our own on one link, past the kernel's neighbour table as ARP is. An answer
 * comes to our own address, so no multicast group has to be joined.
 */
import type { Address, Clock, Logger } from 'ksocket/plugin';
import { advertisementsTo } from '../sockets/filter.js';
import { openPacketSocket } from '../sockets/packet-link.js';
import type { Station } from '../wire/arp.js';
import { etherTypeIPv6, readAdvertisement, solicitation } from '../wire/neighbour-discovery.js';
import { arpFloors, arpWaits } from './arp.js';
import { LinkWatch } from './link-watch.js';
import { type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

export async function openNd(scene: {
  readonly interface: string;
  readonly ownMac: string;
  /** Who asks: the address of this machine that the kernel would use. */
  readonly sourceFor: (address: Address) => Station | undefined;
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Probe | Obstacle> {
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
  if (isObstacle(socket)) return socket;
  const watch = new LinkWatch(scene);

  return {
    name: 'nd',
    waits: arpWaits,
    floors: arpFloors,
    repeats: true,
    packets: 1,
    send(address) {
      if (watch.trouble !== undefined) return { refused: watch.trouble };
      const source = scene.sourceFor(address);
      if (source === undefined) return { refused: 'no-route' };
      if (socket.send(solicitation(source, address))) return 'sent';
      const lost = watch.look();
      return lost === undefined ? 'short' : { refused: lost };
    },
    silence: () => watch.silence(),
    async close() {
      watch.close();
      await socket.close();
    },
  };
}
