/** Lines of `ksocket diagnostics`: which probes are possible on this machine, and what would make the others possible. */
import type { Diagnosis } from 'ksocket/plugin';
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
  yield interfaces();
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
  yield line('IP Helper for routes and neighbours', isObstacle(helper) ? helper : undefined, 'loaded');
  yield line('ICMP echo', await echoObstacle(), 'through IcmpSendEcho2');
}

async function* unix(): AsyncGenerator<Diagnosis> {
  const { pcap, packetSocket } = await linkObstacles();
  yield line('pcap for ARP frames', pcap, 'loaded');
  yield line('packet socket for ARP frames, in place of pcap', packetSocket, 'can be opened');
  yield line('packet socket for neighbour discovery of IPv6', packetSocket, 'can be opened');
  for (const [title, family] of [
    ['ICMP echo', 4],
    ['ICMPv6 echo', 6],
  ] as const) {
    const icmp = await icmpKind(family);
    yield line(title, typeof icmp === 'string' ? undefined : icmp, `through a ${String(icmp)} socket`);
  }
  yield line('TCP SYN packets, in place of connects', await synObstacle(), 'through a raw socket');
  yield line('routes', await netlinkObstacle(), 'the kernel is asked for each address, so policy rules hold');
  if (process.platform === 'linux') {
    const { netRaw, ping, pingRange } = await rights();
    yield {
      title: 'raw sockets',
      ok: netRaw,
      detail: netRaw ? 'CAP_NET_RAW is held' : 'CAP_NET_RAW is not held',
      ...(netRaw
        ? {}
        : { remedy: 'setcap cap_net_raw+ep on the node binary, or AmbientCapabilities in the service unit' }),
    };
    yield {
      title: 'ping sockets',
      // Only needed where raw sockets are not to be had.
      ok: ping || netRaw,
      detail: `net.ipv4.ping_group_range is ${pingRange ?? 'not there'}`,
      ...(ping || netRaw ? {} : { remedy: 'sysctl net.ipv4.ping_group_range="0 2147483647"' }),
    };
  }
}

function interfaces(): Diagnosis {
  const list = ownInterfaces().filter((it) => !it.address.startsWith('127.') && it.address !== '::1');
  const said = list.map((it) => {
    const arp = it.family === 4 && speaksArp(it.interface, it.mac) ? ', ARP' : '';
    return `${it.interface} ${it.address}/${it.prefix} (${linkState(it.interface)}${arp})`;
  });
  return {
    title: 'interfaces',
    ok: said.length > 0,
    detail: said.length > 0 ? said.join('; ') : 'no address but loopback',
    ...(said.length > 0 ? {} : { remedy: 'give this machine an address in the network that it is to scan' }),
  };
}

function line(title: string, obstacle: Obstacle | undefined, fine: string): Diagnosis {
  if (obstacle === undefined) return { title, ok: true, detail: fine };
  return { title, ok: false, detail: obstacle.reason, remedy: obstacle.remedy };
}
