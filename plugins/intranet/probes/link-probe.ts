/** What asking by frames of our own on one link has in common, by ARP and by neighbour discovery. */
import type { Address, Clock, Logger } from 'ksocket/plugin';
import type { Link } from '../sockets/link.js';
import type { Station } from '../wire/arp.js';
import { LinkWatch } from './link-watch.js';
import type { Hearing, Probe } from './probe.js';

/** A host of a link answers in well under a millisecond; a sleeping one, or a wireless one in power save, in 100 to 300 ms. */
const waits = [150, 300, 600] as const;
/** Where answers come at once, 700 ms in all still hear whoever sleeps. */
const floors = [100, 200, 400] as const;

export interface LinkScene {
  readonly interface: string;
  readonly ownMac: string;
  /** Who asks: the address of this machine that the kernel would use, or that is the nearest to the asked one. */
  readonly sourceFor: (address: Address) => Station | undefined;
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes the link over: it closes with this probe. */
export function linkProbe(
  name: string,
  scene: LinkScene,
  link: Pick<Link, 'send' | 'close'>,
  question: (source: Station, address: Address) => Buffer,
): Probe {
  const watch = new LinkWatch(scene);
  return {
    ...{ name, waits, floors, repeats: true, packets: 1 },
    send(address) {
      if (watch.trouble !== undefined) return { refused: watch.trouble };
      const source = scene.sourceFor(address);
      if (source === undefined) return { refused: 'no-route' };
      if (link.send(question(source, address))) return 'sent';
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
