/** The neighbour cache of IPv6 on Linux, which has no file in /proc. Link-local entries need a zone and cannot be asked. */
import { isObstacle } from '../probes/probe.js';
import { openNetlink } from '../sockets/netlink.js';
import { isLinkLocal } from '../wire/ipv6.js';
import type { CachedNeighbour } from './neighbourhood.js';

export async function ipv6Neighbours(): Promise<CachedNeighbour[]> {
  const netlink = await openNetlink();
  if (isObstacle(netlink)) return [];
  const found = netlink
    .neighbours(6)
    .filter((it) => !isLinkLocal(it.address))
    .map(({ address, mac, interfaceIndex }) => ({ address, mac, interface: netlink.interfaceName(interfaceIndex) }));
  await netlink.close();
  return found;
}
