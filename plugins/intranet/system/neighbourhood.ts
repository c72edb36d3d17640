/** The one interface behind which the operating systems differ: routes, default gateways and the neighbour cache. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Address } from 'ksocket/plugin';
import { ipHelper } from '../sockets/ip-helper.js';
import { parseArpTable, parseRouteGet } from './bsd.js';
import { connectedRoutes, ownInterfaces } from './interfaces.js';
import { ipv6Neighbours } from './ipv6-neighbours.js';
import { parseArpCache, parseIPv6Gateways, parseRoutes } from './linux.js';
import { windows } from './windows.js';

/** One IPv4 route. */
export interface Route {
  readonly destination: number;
  readonly prefix: number;
  /** The next hop; undefined on-link. */
  readonly gateway: Address | undefined;
  readonly interface: string;
  /** The lower one wins among equal prefixes. */
  readonly metric: number;
  /** The table says: do not send there (unreachable, prohibit, blackhole). */
  readonly reject: boolean;
}

export interface CachedNeighbour {
  readonly address: Address;
  readonly mac: string;
  readonly interface: string;
}

/** What cannot be read is an empty list: a machine without a gateway is no fault. */
export interface Neighbourhood {
  routes(): Promise<Route[]>;
  gateways(): Promise<Address[]>;
  neighbours(): Promise<CachedNeighbour[]>;
}

const linux: Neighbourhood = {
  routes: async () => parseRoutes(await text('/proc/net/route')),
  gateways: async () => {
    const routes = parseRoutes(await text('/proc/net/route'));
    const ipv4 = routes.flatMap((it) => (it.prefix === 0 && it.gateway !== undefined && !it.reject ? it.gateway : []));
    return [...new Set([...ipv4, ...parseIPv6Gateways(await text('/proc/net/ipv6_route'))])];
  },
  neighbours: async () => [...parseArpCache(await text('/proc/net/arp')), ...(await ipv6Neighbours())],
};

const bsd: Neighbourhood = {
  routes: async () => connectedRoutes(ownInterfaces()),
  gateways: async () => parseRouteGet(await output('route', ['-n', 'get', 'default'])),
  neighbours: async () => parseArpTable(await output('arp', ['-an'])),
};

/** What Node knows by itself. */
const other: Neighbourhood = {
  routes: async () => connectedRoutes(ownInterfaces()),
  gateways: async () => [],
  neighbours: async () => [],
};

export function neighbourhood(platform: NodeJS.Platform = process.platform): Neighbourhood {
  if (platform === 'linux') return linux;
  if (platform === 'win32') return windows(ipHelper, other);
  return platform === 'darwin' || platform === 'freebsd' || platform === 'openbsd' || platform === 'netbsd'
    ? bsd
    : other;
}

/** A table of the kernel; a kernel without that protocol has no such file. */
async function text(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}

async function output(command: string, args: string[]): Promise<string> {
  // 5 s and 4 MiB are far more than a routing socket needs; a hung command must not hold the scan.
  return promisify(execFile)(command, args, { timeout: 5000, maxBuffer: 4 << 20 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
