/** Routes: inetCidrRouteTable (RFC 4292), and for IPv4 its two predecessors (RFC 2096, RFC 1213) where it says nothing. */
import { type Address, parseRange } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { addressOfOctets, indexedAddress, prefixOfMask } from '../inet.js';
import { subIdentifiers } from '../oid.js';
import { Table, type TableEnd } from '../table.js';
import { count, integer, ipAddress } from '../value.js';
import type { Read } from './addresses.js';

const inetCidrRouteIfIndex = '1.3.6.1.2.1.4.24.7.1.7';
const inetCidrRouteType = '1.3.6.1.2.1.4.24.7.1.8';
const ipCidrRouteIfIndex = '1.3.6.1.2.1.4.24.4.1.5';
const ipCidrRouteType = '1.3.6.1.2.1.4.24.4.1.6';
const ipRouteIfIndex = '1.3.6.1.2.1.4.21.1.2';
const ipRouteNextHop = '1.3.6.1.2.1.4.21.1.7';
const ipRouteType = '1.3.6.1.2.1.4.21.1.8';
const ipRouteMask = '1.3.6.1.2.1.4.21.1.11';

/** A router with the Internet’s full table has a million: what matters for an inventory stands before. */
const mostRoutes = 5000;

/** Values of the three route types: reject(2) here and invalid(2) in RFC 1213, blackhole(5). */
const unusableTypes = new Set([2, 5]);

export interface Route {
  /** In CIDR form. */
  readonly destination: string;
  /** Undefined for a network that is directly attached. */
  readonly gateway: Address | undefined;
  readonly ifIndex: number | undefined;
  readonly isDefault: boolean;
}

/** @throws Failure when the agent is gone */
export async function readRoutes(agent: Agent): Promise<Read<Route>> {
  const found: Route[] = [];
  let end: TableEnd = { state: 'ok' };
  for (const read of [inetCidrRoutes, ipCidrRoutes, ipRoutes]) {
    const before = found.length;
    end = await read(agent, found);
    const speaksIpv4 = found.slice(before).some((it) => !it.destination.includes(':'));
    if (speaksIpv4 || found.length >= mostRoutes) break;
  }
  return { items: found, end };
}

/** Index: destination type.length.octets, prefix length, policy length.sub-identifiers, next hop type.length.octets. */
async function inetCidrRoutes(agent: Agent, found: Route[]): Promise<TableEnd> {
  const table = new Table(agent, [inetCidrRouteIfIndex, inetCidrRouteType], mostRoutes - found.length);
  for await (const { index, cells } of table.rows()) {
    const ids = subIdentifiers(index);
    const destination = indexedAddress(ids, 0);
    if (destination === undefined) continue;
    const policy = ids[destination.next + 1] ?? 0;
    const gateway = indexedAddress(ids, destination.next + 2 + policy)?.address;
    add(found, destination.address, ids[destination.next], gateway, count(cells[0]), integer(cells[1]));
  }
  return table.end;
}

/** Index: destination, mask, type of service, next hop, in 4 + 4 + 1 + 4 sub-identifiers. */
async function ipCidrRoutes(agent: Agent, found: Route[]): Promise<TableEnd> {
  const table = new Table(agent, [ipCidrRouteIfIndex, ipCidrRouteType], mostRoutes - found.length);
  for await (const { index, cells } of table.rows()) {
    const ids = subIdentifiers(index);
    if (ids.length !== 13) continue;
    const mask = addressOfOctets(ids.slice(4, 8));
    const prefix = mask === undefined ? undefined : prefixOfMask(mask);
    const gateway = addressOfOctets(ids.slice(9));
    add(found, addressOfOctets(ids.slice(0, 4)), prefix, gateway, count(cells[0]), integer(cells[1]));
  }
  return table.end;
}

/** Index: destination; there can be only one route to each. */
async function ipRoutes(agent: Agent, found: Route[]): Promise<TableEnd> {
  const columns = [ipRouteIfIndex, ipRouteNextHop, ipRouteType, ipRouteMask];
  const table = new Table(agent, columns, mostRoutes - found.length);
  for await (const { index, cells } of table.rows()) {
    const type = integer(cells[2]);
    const mask = ipAddress(cells[3]);
    const prefix = mask === undefined ? undefined : prefixOfMask(mask);
    // direct(3): the next hop is the agent’s own address.
    const gateway = type === 3 ? undefined : ipAddress(cells[1]);
    const ids = subIdentifiers(index);
    add(found, ids.length === 4 ? addressOfOctets(ids) : undefined, prefix, gateway, count(cells[0]), type);
  }
  return table.end;
}

function add(
  found: Route[],
  destination: Address | undefined,
  prefix: number | undefined,
  gateway: Address | undefined,
  ifIndex: number | undefined,
  type: number | undefined,
): void {
  if (destination === undefined || prefix === undefined || unusableTypes.has(type ?? 0)) return;
  if (prefix > (destination.includes(':') ? 128 : 32)) return;
  const hop = gateway === '0.0.0.0' || gateway === '::' ? undefined : gateway;
  // A default route of RFC 1213 has the mask 0.0.0.0, as the others have the prefix 0.
  const range = parseRange(`${destination}/${prefix}`);
  const text = range.text.includes('/') ? range.text : `${range.text}/${prefix}`;
  found.push({
    destination: text,
    gateway: hop,
    ifIndex: ifIndex === 0 ? undefined : ifIndex,
    isDefault: prefix === 0,
  });
}
