/** Where an address lies, seen from this machine: the decision between asking the link and asking through a router. Pure. */
import { type Address, familyOf } from 'ksocket/plugin';
import type { Station } from '../wire/arp.js';
import { numberOf } from '../wire/ipv4.js';
import type { InterfaceAddress } from './interfaces.js';
import type { Route } from './neighbourhood.js';

export type Place =
  | { readonly kind: 'own' | 'loopback' | 'broadcast' | 'no-route' }
  /** `source` is the address of this machine that packets there bear, where it is known. */
  | { readonly kind: 'routed'; readonly source?: Address | undefined }
  /** On a link whose stations are found by ARP or neighbour discovery; `source` is who asks there. */
  | { readonly kind: 'on-link'; readonly interface: string; readonly source: Station };

export interface Topology {
  /** In the order of the addresses. A batch may hold the event loop for 5 µs an address. */
  places(addresses: readonly Address[]): Promise<Place[]>;
}

/** By a table of routes, where the kernel cannot be asked. */
export class TableTopology implements Topology {
  readonly #own: ReadonlySet<Address>;
  /** Longest prefix first, then the lowest metric, so that the first match is the kernel's choice. */
  readonly #routes: readonly Route[];

  constructor(
    private readonly addresses: readonly InterfaceAddress[],
    routes: readonly Route[],
    /** Interfaces whose links speak ARP. */
    private readonly arpLinks: ReadonlySet<string>,
  ) {
    this.#own = new Set(addresses.map((it) => it.address));
    this.#routes = [...routes].sort((a, b) => b.prefix - a.prefix || a.metric - b.metric);
  }

  async places(addresses: readonly Address[]): Promise<Place[]> {
    return addresses.map((address) => this.place(address));
  }

  place(address: Address): Place {
    if (this.#own.has(address)) return { kind: 'own' };
    // The routes of IPv6 are not read: the kernel answers at the connect whether there is one.
    if (familyOf(address) === 6) return { kind: 'routed' };
    if (address.startsWith('127.')) return { kind: 'loopback' };
    const value = numberOf(address);
    const route = this.#routes.find((it) => covers(it.destination, it.prefix, value));
    if (route === undefined || route.reject) return { kind: 'no-route' };
    if (route.gateway !== undefined || !this.arpLinks.has(route.interface)) return { kind: 'routed' };
    const source = this.#source(route.interface, value);
    return source === undefined ? { kind: 'routed' } : { kind: 'on-link', interface: route.interface, source };
  }

  /** Of several addresses the one in the same network, so that the other side sees a neighbour ask. */
  #source(name: string, value: number): Station | undefined {
    const candidates = this.addresses.filter((it) => it.interface === name && it.family === 4);
    return candidates.find((it) => covers(numberOf(it.address), it.prefix, value)) ?? candidates[0];
  }
}

function covers(network: number, prefix: number, value: number): boolean {
  return prefix === 0 || (network ^ value) >>> (32 - prefix) === 0;
}
