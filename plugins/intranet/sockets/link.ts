/** Sending and hearing ARP frames on one link: through libpcap, or through a packet socket where pcap is not built. */
import type { Obstacle } from '../probes/probe.js';
import { isObstacle } from '../probes/probe.js';
import { openPacketLink, packetObstacle } from './packet-link.js';
import { openPcapLink, pcapObstacle } from './pcap-link.js';

export interface Link {
  /** The library that carries it, for the log. */
  readonly carrier: 'pcap' | 'packet-socket';
  /** Sends a whole Ethernet frame. False when the system did not take it; it does not say why. */
  send(frame: Buffer): boolean;
  close(): void;
}

/** What a link tells. The frame is used again: copy what is kept. Must not throw. */
export type OnFrame = (frame: Buffer) => void;

/** Opens whichever carrier works here; an Obstacle names why pcap, the usual one, does not. */
export async function openLink(interfaceName: string, ownMac: string, onFrame: OnFrame): Promise<Link | Obstacle> {
  const first = await openPcapLink(interfaceName, ownMac, onFrame);
  if (!isObstacle(first)) return first;
  const second = await openPacketLink(interfaceName, onFrame);
  return isObstacle(second) ? first : second;
}

/** For diagnose: which carriers are there. */
export async function linkObstacles(): Promise<{ pcap: Obstacle | undefined; packetSocket: Obstacle | undefined }> {
  const [pcap, packetSocket] = await Promise.all([pcapObstacle(), packetObstacle()]);
  return { pcap, packetSocket };
}
