/** An interview as the sections of the contract, and as addresses for the scan. */
import { type Missing, type Neighbour, type NetworkInterface, type Section, section } from 'ksocket/plugin';
import { isVisitable } from '../parse/addresses.js';
import { present } from '../parse/text.js';
import type { Subject } from './dialects.js';
import type { Interview } from './interview.js';

const maxInterfaces = 4096;
const maxRows = 16_384;

function rowsOf<T>(rows: readonly T[] | undefined, max = maxRows): T[] | undefined {
  return rows?.slice(0, max);
}

export function deviceSections({ facts, unanswered }: Interview, hostKeys: readonly string[]): Section[] {
  const { os, product, macs, memoryKiB, deviceTypes, interfaces, components, edges } = facts;
  /** What was not read has a reason; a family whose table has no such question cannot tell. */
  const missing = (about: Subject, field: string, value: unknown): Missing[] => {
    const state = unanswered.get(about) ?? (value === undefined ? 'unsupported' : undefined);
    return state === undefined ? [] : [{ field, state }];
  };
  const serial = product?.serial;
  const arp = arpOf(facts);
  const sections: Section[] = [
    section('os', os ?? {}),
    section(
      'identity',
      {
        ...present({
          serial,
          vendor: serial === undefined ? undefined : product?.vendor,
          macs: macs && [...new Set(macs)],
          hostKeys: hostKeys.length > 0 ? [...hostKeys].sort() : undefined,
        }),
      },
      { missing: serial === undefined ? missing('serial', 'serial', serial) : [] },
    ),
    section('hardware', {
      ...present({
        deviceTypes: deviceTypes && [...deviceTypes],
        product: product && Object.keys(product).length > 0 ? product : undefined,
        memory: memoryKiB === undefined ? undefined : { totalKiB: memoryKiB },
      }),
    }),
    section(
      'network',
      {
        ...present({
          interfaces: rowsOf(interfaces, maxInterfaces),
          neighbours: arp && rowsOf(arp),
        }),
      },
      { missing: [...missing('interfaces', 'interfaces', interfaces), ...missing('neighbours', 'neighbours', arp)] },
    ),
    section('software', {}, { state: 'unsupported' }),
  ];
  if (components !== undefined) sections.push(section('networkDevice', { components: rowsOf(components) ?? [] }));
  if (edges !== undefined) sections.push(section('topology', { edges: rowsOf(edges) ?? [] }));
  else if (unanswered.has('edges'))
    sections.push(section('topology', {}, { state: unanswered.get('edges') ?? 'unsupported' }));
  return sections;
}

function arpOf({ arp, interfaces }: Interview['facts']): Neighbour[] | undefined {
  const own = new Set((interfaces ?? []).flatMap((it) => (it.addresses ?? []).map(({ address }) => address)));
  return arp
    ?.filter((it) => !own.has(it.address))
    .map(
      (it) =>
        ({ ...present({ address: it.address, mac: it.mac, interface: it.interface }), source: 'arp' }) as Neighbour,
    );
}

/** ARP entries, neighbours by LLDP and CDP with an address, and the device’s own addresses: what a scan could visit. */
export function* deviceNeighbours({ facts }: Interview): Generator<Neighbour> {
  const seen = new Set<string>();
  const all: Neighbour[] = [
    ...(arpOf(facts) ?? []),
    ...(facts.edges ?? []).flatMap((edge) =>
      (edge.remoteAddresses ?? []).map(
        (address): Neighbour => ({ address, source: edge.protocol, ...present({ interface: edge.localPort }) }),
      ),
    ),
    ...(facts.interfaces ?? []).flatMap(own),
  ];
  for (const it of all) {
    const key = `${it.source} ${it.address}`;
    if (seen.has(key) || !isVisitable(it.address)) continue;
    seen.add(key);
    yield it;
  }
}

function own(it: NetworkInterface): Neighbour[] {
  return (it.addresses ?? []).map(({ address }) => ({
    address,
    source: 'interface' as const,
    interface: it.name,
    ...present({ mac: it.mac }),
  }));
}
