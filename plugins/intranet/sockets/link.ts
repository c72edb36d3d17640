/** Sending and hearing ARP frames on one link: through libpcap, or through a packet socket where pcap is not built. */
import type { Obstacle } from '../probes/probe.js';
import { isObstacle } from '../probes/probe.js';
import { openPacketLink, packetObstacle } from './packet-link.js';
import { openPcapLink, pcapObstacle } from './pcap-link.js';

export type Carrier = 'pcap' | 'packet-socket';

export interface Link {
  readonly carrier: Carrier;
  /** Sends a whole Ethernet frame. False when the system did not take it; it does not say why. */
  send(frame: Buffer): boolean;
  close(): Promise<void>;
}

/** What a link tells. The frame is used again: copy what is kept. Must not throw. */
export type OnFrame = (frame: Buffer) => void;

/** Opens the first carrier that works here; an Obstacle names why the one that comes first does not. */
export async function openLink(
  where: { readonly interface: string; readonly ownMac: string; readonly carriers: readonly Carrier[] },
  onFrame: OnFrame,
): Promise<Link | Obstacle> {
  let obstacle: Obstacle | undefined;
  for (const carrier of where.carriers) {
    const link =
      carrier === 'pcap'
        ? await openPcapLink(where.interface, where.ownMac, onFrame)
        : await openPacketLink(where.interface, onFrame);
    if (!isObstacle(link)) return link;
    obstacle ??= link;
  }
  return obstacle ?? { reason: 'no carrier for ARP frames is chosen', remedy: 'choose one in the settings' };
}

/** For diagnose: which carriers are there. */
export async function linkObstacles(): Promise<{ pcap: Obstacle | undefined; packetSocket: Obstacle | undefined }> {
  const [pcap, packetSocket] = await Promise.all([pcapObstacle(), packetObstacle()]);
  return { pcap, packetSocket };
}
