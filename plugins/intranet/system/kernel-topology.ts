/** Where addresses lie by the kernel's own word for each: policy rules, all tables and several interfaces are in it. */
import type { Address } from 'ksocket/plugin';
import type { Station } from '../wire/arp.js';
import type { KernelRoute } from '../wire/rtnetlink.js';
import type { Place, Topology } from './topology.js';

/** What is known of the link with an index of the kernel. */
export interface Link {
  readonly name: string;
  readonly mac: string;
  /** Are stations found there by ARP and neighbour discovery? */
  readonly hasStations: boolean;
}

const placeOf = { local: 'own', broadcast: 'broadcast', none: 'no-route' } as const;

export class KernelTopology implements Topology {
  readonly #stations = new Map<string, Station>();

  constructor(
    private readonly parts: {
      readonly own: ReadonlySet<Address>;
      readonly link: (index: number) => Link | undefined;
      readonly lookup: (addresses: readonly Address[]) => Promise<readonly (KernelRoute | undefined)[]>;
      /** Stands in where the kernel gave no answer. */
      readonly otherwise: (address: Address) => Place;
    },
  ) {}

  async places(addresses: readonly Address[]): Promise<Place[]> {
    const routes = await this.parts.lookup(addresses);
    return addresses.map((address, i) => this.#place(address, routes[i]));
  }

  #place(address: Address, route: KernelRoute | undefined): Place {
    if (this.parts.own.has(address)) return { kind: 'own' };
    if (address.startsWith('127.')) return { kind: 'loopback' };
    if (route === undefined) return this.parts.otherwise(address);
    // An address that a route makes ours (AnyIP) stands on no interface.
    if (route.kind !== 'unicast') return { kind: placeOf[route.kind] };
    const link = this.parts.link(route.interfaceIndex);
    const { source } = route;
    if (route.routed || source === undefined || !link?.hasStations) return { kind: 'routed', source };
    return { kind: 'on-link', interface: link.name, source: this.#station(link, source) };
  }

  /** One object for all addresses that are asked from the same place. */
  #station(link: Link, address: Address): Station {
    const key = `${link.name} ${address}`;
    let station = this.#stations.get(key);
    if (station === undefined) {
      station = { mac: link.mac, address };
      this.#stations.set(key, station);
    }
    return station;
  }
}
