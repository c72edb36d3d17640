/** Output of iproute2’s `ip` and of BusyBox’s, which prints the same lines with fewer words (ip(8), ip-neighbour(8), ip-route(8)). */
import type { Address } from 'ksocket/plugin';
import { addressOf, addressWithPrefix, macOf, networkOf } from './addresses.js';
import { linesOf, wholeNumber, wordsOf } from './text.js';

export interface Link {
  readonly name: string;
  readonly index: number | undefined;
  readonly flags: readonly string[];
  readonly mtu: number | undefined;
  /** `ether`, `loopback`, `none`, `ppp`… */
  readonly kind: string | undefined;
  readonly mac: string | undefined;
  /** The burnt-in address, printed only where it differs from the one in use. */
  readonly permanentMac: string | undefined;
}

/** The word after `key`. */
function after(words: readonly string[], key: string): string | undefined {
  const at = words.indexOf(key);
  return at < 0 ? undefined : words[at + 1];
}

/** `2: eth0@if5: <BROADCAST,UP> mtu 1500 qdisc noop state UP \    link/ether 02:fc:00:00:00:01 brd …` of `ip -o link show`. */
export function ipLinks(text: string): Link[] {
  const links: Link[] = [];
  for (const line of linesOf(text)) {
    const words = wordsOf(line.replaceAll('\\', ' '));
    const name = words[1]?.split(/[@:]/, 1)[0];
    const flags = words[2];
    if (!name || !words[0]?.endsWith(':') || !flags?.startsWith('<')) continue;
    const kind = words.find((word) => word.startsWith('link/'));
    links.push({
      name,
      index: wholeNumber(words[0].slice(0, -1)),
      flags: flags.slice(1, -1).split(','),
      mtu: wholeNumber(after(words, 'mtu')),
      kind: kind?.slice('link/'.length),
      mac: kind === undefined ? undefined : macOf(after(words, kind)),
      permanentMac: macOf(after(words, 'permaddr')),
    });
  }
  return links;
}

/** `4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\ …` of `ip -o addr show`. */
export function ipAddresses(text: string): { name: string; address: Address; prefix?: number }[] {
  const addresses: { name: string; address: Address; prefix?: number }[] = [];
  for (const line of linesOf(text)) {
    const [index, name, family, value] = wordsOf(line);
    if (!index?.endsWith(':') || !name || (family !== 'inet' && family !== 'inet6')) continue;
    const it = addressWithPrefix(value);
    // `inet 10.8.0.1 peer 10.8.0.2/32` has no length of its own.
    if (it) addresses.push({ name: name.split('@', 1)[0] ?? name, ...it });
  }
  return addresses;
}

export interface NeighbourEntry {
  readonly address: Address;
  readonly mac: string | undefined;
  readonly interface: string | undefined;
}

/** States in which nobody has answered (ip-neighbour(8)). */
const unanswered = new Set(['FAILED', 'INCOMPLETE', 'NOARP', 'NONE']);

/** `192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05 router REACHABLE` of `ip neigh show`. */
export function ipNeighbours(text: string): NeighbourEntry[] {
  const entries: NeighbourEntry[] = [];
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const address = addressOf(words[0]);
    if (address === undefined || words.some((word) => unanswered.has(word))) continue;
    const mac = macOf(after(words, 'lladdr'));
    if (mac !== undefined) entries.push({ address, mac, interface: after(words, 'dev') });
  }
  return entries;
}

export interface Route {
  /** A network in CIDR form; the default route is 0.0.0.0/0 or ::/0. */
  readonly destination: string;
  readonly gateway: Address | undefined;
  readonly interface: string | undefined;
  /** Undefined for the main one. */
  readonly table?: string | undefined;
}

/** Routes to nowhere, and those of the local table, by their first word (ip-route(8)). */
const notForwarding = new Set([
  ...['unreachable', 'blackhole', 'prohibit', 'throw', 'local', 'broadcast', 'anycast', 'multicast'],
]);

/** `default via 192.0.2.1 dev eth0 metric 100`, and its `nexthop via … dev … weight 1` lines, of `ip route show`. */
export function ipRoutes(text: string, family: 4 | 6): Route[] {
  const routes: Route[] = [];
  let destination: string | undefined;
  let table: string | undefined;
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const isHop = words[0] === 'nexthop';
    if (!isHop) {
      table = after(words, 'table');
      const first = words[0] === 'unicast' ? words[1] : words[0];
      if (first === undefined || notForwarding.has(first)) destination = undefined;
      else destination = first === 'default' ? defaultRoute(family) : networkOf(first);
    }
    if (destination === undefined) continue;
    const via = after(words, 'via');
    // `via inet6 fe80::1` is an IPv4 route over an IPv6 neighbour (RFC 5549).
    const gateway = addressOf(via === 'inet6' || via === 'inet' ? after(words, via) : via);
    const device = after(words, 'dev');
    if (gateway === undefined && device === undefined) continue;
    routes.push({ destination, gateway, interface: device, table: table === 'main' ? undefined : table });
  }
  return routes;
}

export function defaultRoute(family: 4 | 6): string {
  return family === 4 ? '0.0.0.0/0' : '::/0';
}

export function isDefaultRoute(route: Route): boolean {
  return route.destination === '0.0.0.0/0' || route.destination === '::/0';
}
