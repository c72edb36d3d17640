/** Which way of knowing where addresses lie is possible on this machine: asking its kernel, or reading its table. */
import { isObstacle } from '../probes/probe.js';
import { type Netlink, openNetlink } from '../sockets/netlink.js';
import { type InterfaceAddress, macOf, ownInterfaces, speaksArp } from './interfaces.js';
import { KernelTopology, type Link } from './kernel-topology.js';
import type { Neighbourhood } from './neighbourhood.js';
import { TableTopology, type Topology } from './topology.js';

export async function readTopology(neighbourhood: Neighbourhood): Promise<Topology> {
  const addresses = ownInterfaces();
  const links = addresses.filter((it) => it.family === 4 && speaksArp(it.interface, it.mac));
  const table = new TableTopology(addresses, await neighbourhood.routes(), new Set(links.map((it) => it.interface)));
  const first = await openNetlink();
  if (isObstacle(first)) return table;
  const link = linksOf(addresses, first);
  await first.close();
  return new KernelTopology({
    own: new Set(addresses.map((it) => it.address)),
    link,
    // A socket for each batch, so that nobody has to close one: 20 µs beside 3 ms of a batch.
    lookup: async (batch) => {
      const netlink = await openNetlink();
      if (isObstacle(netlink)) return [];
      const routes = netlink.routes(batch);
      await netlink.close();
      return routes;
    },
    otherwise: (address) => table.place(address),
  });
}

/** Links by their index in the kernel, each looked at once. */
function linksOf(addresses: readonly InterfaceAddress[], netlink: Netlink): (index: number) => Link | undefined {
  const known = new Map<number, Link | undefined>();
  return (index) => {
    if (!known.has(index)) known.set(index, linkOf(netlink.interfaceName(index), addresses));
    return known.get(index);
  };
}

function linkOf(name: string, addresses: readonly InterfaceAddress[]): Link | undefined {
  // A link without an address of its own is borrowed one by the kernel, and is in no list of addresses.
  const mac = addresses.find((it) => it.interface === name)?.mac ?? macOf(name);
  return mac === undefined ? undefined : { name, mac, hasStations: speaksArp(name, mac) };
}
