/** What asks on Windows, where no frames of our own can be sent; and how far its limits are from those of others. */
import type { Clock, Random, ScanCall } from 'ksocket/plugin';
import type { Carrier } from '../sockets/link.js';
import type { TcpAsker } from '../sockets/tcp.js';
import { openKnock } from './knock.js';
import { type NeighbourTable, openNeighbourTable } from './neighbour-table.js';
import { type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';
import { openResolve } from './resolve.js';
import { openTcp } from './tcp.js';
import { openWindowsEcho } from './windows-echo.js';

export const onWindows = process.platform === 'win32';

interface EchoScene {
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}

export interface LinkScene extends EchoScene {
  readonly scan: ScanCall;
  readonly asker: TcpAsker;
  readonly table: NeighbourTable;
  readonly obstacle: (probe: string, obstacle: Obstacle) => void;
}

/**
 * Packets a second where the system asks by ARP for us. Each silent address holds an entry of its neighbour table for the 3 s of its three
 * questions, and gets 3 packets meanwhile. Linux has 1,024 entries: 80 new addresses a second hold 240 of them. Windows has 256
 * for each interface (`netsh interface ipv4 show global`, Neighbor Cache Limit): 20 new addresses a second hold 60.
 */
export function systemArpRate(platform: NodeJS.Platform = process.platform): number {
  return platform === 'win32' ? 60 : 240;
}

/**
 * What carries ARP frames unless the settings say it. docs/decisions/0004: closing a session of pcap blocks, leaks and keeps the
 * process alive. On Windows nothing does without a driver, and none is asked for (docs/decisions/0011).
 */
export function usualCarriers(platform: NodeJS.Platform = process.platform): Carrier[] {
  if (platform === 'win32') return [];
  return platform === 'linux' ? ['packet-socket', 'pcap'] : ['pcap'];
}

/** The probes of a link, in their order. */
export async function openWindowsLink(scene: LinkScene): Promise<Probe[]> {
  const { hearing, table } = scene;
  const echo = possible(scene, 'icmp-echo', await openWindowsEcho(scene));
  const learnt = openNeighbourTable({ hearing, table });
  const tcp = openTcp({ hearing, asker: scene.asker, onLink: true });
  const knock = openKnock({ hearing, scan: scene.scan });
  const isOlder = (address: string) => !table.isNew(address);
  const resolve = possible(scene, 'arp', await openResolve({ hearing, isOlder }));
  // Without the echo it is TCP and the knocks that make the system ask.
  if (echo.length === 0) return [tcp, knock, learnt, ...resolve];
  // Three times asked by ARP in vain, nothing else would leave this machine; of an older entry that is not known.
  return [...echo, learnt, ...resolve, only(isOlder, tcp), only(isOlder, knock)];
}

function possible(scene: LinkScene, name: string, it: Probe | Obstacle): Probe[] {
  if (!isObstacle(it)) return [it];
  scene.obstacle(name, it);
  return [];
}

/** The probe, with no question for the other addresses. */
function only(wanted: (address: string) => boolean, probe: Probe): Probe {
  return {
    ...probe,
    send: (address, attempt, waitMs) => (wanted(address) ? probe.send(address, attempt, waitMs) : 'nothing'),
  };
}
