/** How the device is connected: interfaces with their addresses, routes, and who answers on its networks. */
import { type Missing, type Neighbour, type NetworkInterface, type Section, section } from 'ksocket/plugin';
import { slices } from '../batches.js';
import type { StackedPair } from '../read/aggregates.js';
import { type InterfaceRow, isUniversal } from '../read/interfaces.js';
import type { CacheEntry } from '../read/neighbour-cache.js';
import { only } from '../read/system.js';
import type { Interfaces, Survey } from '../survey.js';
import { isAgentNumber } from '../tables.js';
import { about, missingOf } from './missing.js';

/** IANAifType of what has members: propMultiplexor, ieee8023adLag, bridge. */
const groupTypes = new Set([54, 161, 209]);

/** The interfaces, and the burnt-in MAC addresses among them. */
export async function* inspectInterfaces(survey: Survey): AsyncGenerator<Section> {
  const addresses = await survey.addresses();
  const interfaces = await survey.interfaces();
  const stack = await survey.stack();
  const placed = places(interfaces, stack.items);
  const byIndex = new Map<number, { address: string; prefix?: number }[]>();
  for (const { address, prefix, ifIndex } of addresses.items) {
    if (ifIndex === undefined) continue;
    const list = byIndex.get(ifIndex) ?? [];
    list.push({ address, ...only('prefix', prefix) });
    byIndex.set(ifIndex, list);
  }
  for (const part of slices(interfaces.items))
    yield section('network', {
      interfaces: part.map((row) => ({
        ...row.interface,
        ...placed.get(row.index),
        ...only('addresses', byIndex.get(row.index)),
      })),
    });
  const burntIn = new Set(interfaces.items.flatMap((it) => it.burntIn ?? []));
  // The address by which a bridge is known is the device’s own; that of a software bridge is borrowed from a member or made up.
  const { bridgeAddress } = await survey.details();
  if (bridgeAddress !== undefined && isUniversal(bridgeAddress) && !isAgentNumber(survey.system.enterprise))
    burntIn.add(bridgeAddress);
  if (burntIn.size > 0) yield section('identity', { macs: [...burntIn] });
  const missing: Missing[] = [
    ...(interfaces.items.length === 0 && interfaces.end.state === 'ok'
      ? [{ field: 'interfaces', state: 'unsupported' as const, reason: 'no ifTable' }]
      : []),
    ...missingOf('interfaces', interfaces.end),
    ...missingOf('interfaces.addresses', addresses.end),
    ...missingOf('interfaces.parent', stack.end),
  ];
  if (missing.length > 0) yield section('network', {}, about(missing));
}

/** Who is above and below whom: a group is the master of what it lies on, anything else the child of the one it lies on. */
function places(
  interfaces: Interfaces,
  stack: readonly StackedPair[],
): ReadonlyMap<number, Pick<NetworkInterface, 'parent' | 'master'>> {
  const rows = new Map<number, InterfaceRow>(interfaces.items.map((it) => [it.index, it]));
  const below = new Map<number, number>();
  for (const { higher } of stack) below.set(higher, (below.get(higher) ?? 0) + 1);
  const placed = new Map<number, Pick<NetworkInterface, 'parent' | 'master'>>();
  for (const { higher, lower } of stack) {
    const above = rows.get(higher);
    const under = rows.get(lower);
    if (above === undefined || under === undefined) continue;
    if (groupTypes.has(above.type ?? 0)) placed.set(lower, { ...placed.get(lower), master: above.name });
    else if (below.get(higher) === 1) placed.set(higher, { ...placed.get(higher), parent: under.name });
  }
  return placed;
}

/** Gateways and routes, then ARP and neighbour discovery, which are the longest tables of a router. */
export async function* inspectRoutes(survey: Survey): AsyncGenerator<Section> {
  const { nameOf } = await survey.interfaces();
  const nameOfIndex = (ifIndex: number | undefined) =>
    only('interface', ifIndex === undefined ? undefined : nameOf(ifIndex));
  const routes = await survey.routes();
  for (const part of slices(routes.items)) {
    const gateways = part.filter((it) => it.isDefault && it.gateway !== undefined);
    yield section('network', {
      ...(gateways.length > 0
        ? { gateways: gateways.map((it) => ({ address: it.gateway!, ...nameOfIndex(it.ifIndex) })) }
        : {}),
      routes: part.map((it) => ({
        destination: it.destination,
        ...only('gateway', it.gateway),
        ...nameOfIndex(it.ifIndex),
      })),
    });
  }
  const cache = await survey.cache();
  const others = cache.items.filter((it) => !it.own);
  for (const part of slices(others))
    yield section('network', { neighbours: part.map((it) => ({ ...asNeighbour(it), ...nameOfIndex(it.ifIndex) })) });
  const missing = [...missingOf('routes', routes.end), ...missingOf('neighbours', cache.end)];
  if (missing.length > 0) yield section('network', {}, about(missing));
}

export function asNeighbour(entry: CacheEntry): Neighbour {
  return { address: entry.address, ...only('mac', entry.mac), source: entry.address.includes(':') ? 'nd' : 'arp' };
}
