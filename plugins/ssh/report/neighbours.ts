/** The addresses that a host knows, for step 4 of the scan and for its network section. */
import type { Address, Neighbour, NetworkInterface } from 'ksocket/plugin';
import { isVisitable } from '../parse/addresses.js';
import { bsdArp, bsdRoutes } from '../parse/bsd-net.js';
import { ifconfig } from '../parse/ifconfig.js';
import { linuxInterfaces } from '../parse/interfaces.js';
import { ipNeighbours, ipRoutes, isDefaultRoute, type NeighbourEntry, type Route } from '../parse/ip.js';
import { procArp, procRoutes } from '../parse/proc-net.js';
import { platformFacts } from '../unixes/index.js';
import { answered, type Parts, textOf } from './answers.js';

export function interfacesOf(parts: Parts): NetworkInterface[] {
  const linux = {
    sys: answered(parts, 'net-sys'),
    link: answered(parts, 'ip-link'),
    address: answered(parts, 'ip-address'),
    vlan: answered(parts, 'vlan'),
  };
  const old = ifconfig(textOf(parts, 'ifconfig'));
  const interfaces = linuxInterfaces(linux);
  if (interfaces.length === 0) return platformFacts(parts).network?.interfaces ?? old;
  if (linux.address !== undefined) return interfaces;
  // Without `ip`, /sys describes the interfaces and ifconfig adds their addresses.
  const described = interfaces.map((it) => {
    const addresses = old.find((other) => other.name === it.name)?.addresses;
    return addresses ? { ...it, addresses } : it;
  });
  return [...described, ...old.filter((it) => !interfaces.some((other) => other.name === it.name))];
}

export function arpEntriesOf(parts: Parts): NeighbourEntry[] {
  const ip = answered(parts, 'ip-neighbour');
  if (ip !== undefined) return ipNeighbours(ip);
  const arp = answered(parts, 'proc-arp');
  if (arp !== undefined) return procArp(arp);
  // The BSDs list the own addresses too.
  const own = new Set(
    interfacesOf(parts)
      .flatMap((it) => it.addresses ?? [])
      .map((it) => it.address),
  );
  const entries = bsdArp(textOf(parts, 'bsd-arp'));
  const platform = platformFacts(parts).network?.neighbours ?? [];
  return (entries.length > 0 ? entries : platform.map(toEntry)).filter((it) => !own.has(it.address));
}

export function routesOf(parts: Parts): Route[] {
  const four = answered(parts, 'ip-route');
  const six = answered(parts, 'ip-route6');
  const platform = (platformFacts(parts).network?.routes ?? []).map(toRoute);
  const old = four === undefined ? procRoutes(textOf(parts, 'proc-route')) : ipRoutes(four, 4);
  return [
    ...old,
    ...(six === undefined ? [] : ipRoutes(six, 6)),
    ...bsdRoutes(textOf(parts, 'bsd-route')),
    ...platform,
  ];
}

function toEntry(it: Neighbour): NeighbourEntry {
  return { address: it.address, mac: it.mac ?? '', interface: it.interface };
}

function toRoute(it: { destination: string; gateway?: string | undefined; interface?: string | undefined }): Route {
  return { destination: it.destination, gateway: it.gateway, interface: it.interface };
}

/** ARP and ND entries, next hops, and the host’s own addresses, each address once for each source; only what a scan could visit. */
export function* neighboursOf(parts: Parts): Generator<Neighbour> {
  const seen = new Set<string>();
  const news = (source: Neighbour['source'], address: Address) => {
    const key = `${source} ${address}`;
    if (seen.has(key) || !isVisitable(address)) return false;
    seen.add(key);
    return true;
  };
  for (const it of arpEntriesOf(parts)) {
    const source = it.address.includes(':') ? 'nd' : 'arp';
    if (news(source, it.address)) yield { address: it.address, source, ...of(it.interface, it.mac) };
  }
  for (const route of routesOf(parts)) {
    const source = isDefaultRoute(route) ? 'gateway' : 'route';
    const { gateway } = route;
    if (gateway !== undefined && news(source, gateway)) yield { address: gateway, source, ...of(route.interface) };
  }
  for (const it of interfacesOf(parts)) {
    for (const { address } of it.addresses ?? []) {
      if (news('interface', address)) yield { address, source: 'interface', ...of(it.name, it.mac) };
    }
  }
}

function of(name: string | undefined, mac?: string): { interface?: string; mac?: string } {
  return { ...(name !== undefined && { interface: name }), ...(mac !== undefined && { mac }) };
}
