/** Lines of `ksocket diagnostics`: which probes are possible on this machine, and what would make the others possible. */
import type { Diagnosis } from 'ksocket/plugin';
import { instead } from './obstacles.js';
import { isObstacle, type Obstacle } from './probes/probe.js';
import { echoObstacle } from './sockets/echo-requests.js';
import { icmpKind } from './sockets/icmp-socket.js';
import { ipHelper } from './sockets/ip-helper.js';
import { linkObstacles } from './sockets/link.js';
import { netlinkObstacle } from './sockets/netlink.js';
import { synObstacle } from './sockets/syn-socket.js';
import { linkState, ownInterfaces, speaksArp } from './system/interfaces.js';
import type { Neighbourhood } from './system/neighbourhood.js';
import { rights } from './system/rights.js';

export async function* diagnose(neighbourhood: Neighbourhood): AsyncGenerator<Diagnosis> {
  yield* process.platform === 'win32' ? windows() : unix();
  yield* interfaces();
  const gateways = await neighbourhood.gateways();
  yield {
    title: 'default gateways',
    ok: true,
    detail: gateways.length > 0 ? gateways.join(', ') : 'none, or none that this platform tells',
  };
}

/** No packet driver is needed there, so none is missed. */
async function* windows(): AsyncGenerator<Diagnosis> {
  const helper = await ipHelper();
  yield line('IP Helper for routes and neighbours', isObstacle(helper) ? helper : undefined, 'loaded', instead.arp);
  yield line('ICMP echo', await echoObstacle(), 'through IcmpSendEcho2', instead['icmp-echo']);
}

async function* unix(): AsyncGenerator<Diagnosis> {
  const { pcap, packetSocket } = await linkObstacles();
  const arp = (other: Obstacle | undefined, name: string) => (other === undefined ? `${name} instead` : instead.arp);
  yield line('pcap for ARP frames', pcap, 'loaded', arp(packetSocket, 'packet sockets'));
  yield line('packet socket for ARP frames', packetSocket, 'can be opened', arp(pcap, 'pcap'));
  yield line('packet socket for neighbour discovery of IPv6', packetSocket, 'can be opened', instead.nd);
  for (const [title, family] of [
    ['ICMP echo', 4],
    ['ICMPv6 echo', 6],
  ] as const) {
    const icmp = await icmpKind(family);
    const obstacle = typeof icmp === 'string' ? undefined : icmp;
    yield line(title, obstacle, `through a ${String(icmp)} socket`, instead['icmp-echo']);
  }
  yield line('TCP SYN packets, in place of connects', await synObstacle(), 'through a raw socket', instead['tcp-syn']);
  yield line(
    'routes',
    await netlinkObstacle(),
    'the kernel is asked for each address, so policy rules hold',
    'the main routing table is read, without policy rules',
  );
  if (process.platform === 'linux') yield* linux();
}

async function* linux(): AsyncGenerator<Diagnosis> {
  const { netRaw, ping, pingRange } = await rights();
  yield {
    title: 'raw sockets',
    ok: netRaw,
    detail: netRaw ? 'CAP_NET_RAW is held' : 'CAP_NET_RAW is not held',
    ...(netRaw
      ? {}
      : {
          instead: ping ? 'ping sockets and connects instead' : 'connects instead',
          remedy: 'setcap cap_net_raw+ep on the node binary, or AmbientCapabilities in the service unit',
        }),
  };
  yield {
    title: 'ping sockets',
    // Only needed where raw sockets are not to be had.
    ok: ping || netRaw,
    detail: `net.ipv4.ping_group_range is ${pingRange ?? 'not there'}`,
    ...(ping || netRaw
      ? {}
      : { instead: instead['icmp-echo'], remedy: 'sysctl net.ipv4.ping_group_range="0 2147483647"' }),
  };
}

/** One line an interface: its addresses, whether it is up, whether it has stations. */
function* interfaces(): Generator<Diagnosis> {
  const list = ownInterfaces().filter((it) => !it.address.startsWith('127.') && it.address !== '::1');
  if (list.length === 0) {
    yield {
      title: 'interfaces',
      ok: false,
      detail: 'no address but loopback',
      remedy: 'give this machine an address in the network that it is to scan',
    };
  }
  for (const name of new Set(list.map((it) => it.interface))) {
    const own = list.filter((it) => it.interface === name);
    const arp = own.some((it) => it.family === 4 && speaksArp(it.interface, it.mac)) ? ', ARP' : '';
    const addresses = own.map((it) => `${it.address}/${it.prefix}`).join(', ');
    yield { title: `interface ${name}`, ok: true, detail: `${addresses}; ${linkState(name)}${arp}` };
  }
}

function line(title: string, obstacle: Obstacle | undefined, fine: string, otherwise: string | undefined): Diagnosis {
  if (obstacle === undefined) return { title, ok: true, detail: fine };
  return { title, ok: false, detail: obstacle.reason, remedy: obstacle.remedy, instead: otherwise };
}
