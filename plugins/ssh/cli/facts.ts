/** What a device says of itself through its own command line, gathered answer by answer. */
import type { DeviceType, NetworkInterface, SectionData } from 'ksocket/plugin';

export type Component = NonNullable<SectionData['networkDevice']['components']>[number];
export type Edge = NonNullable<SectionData['topology']['edges']>[number];
export type Product = NonNullable<SectionData['hardware']['product']>;

/** A row of an ARP table. */
export interface ArpRow {
  readonly address: string;
  readonly mac: string;
  readonly interface?: string | undefined;
}

/** Of one answer, or of all. A field that no answer gave is absent. */
export interface Facts {
  readonly os?: SectionData['os'] | undefined;
  readonly product?: Product | undefined;
  readonly memoryKiB?: number | undefined;
  /** Burnt-in addresses of the chassis. */
  readonly macs?: readonly string[] | undefined;
  readonly deviceTypes?: readonly DeviceType[] | undefined;
  readonly interfaces?: readonly NetworkInterface[] | undefined;
  readonly arp?: readonly ArpRow[] | undefined;
  readonly edges?: readonly Edge[] | undefined;
  readonly components?: readonly Component[] | undefined;
}

/** What `more` adds to `facts`: fields that were not known yet, and further rows. The command asked first is the better source. */
export function added(facts: Facts, more: Facts): Facts {
  return {
    os: { ...more.os, ...facts.os },
    product: { ...more.product, ...facts.product },
    memoryKiB: facts.memoryKiB ?? more.memoryKiB,
    deviceTypes: facts.deviceTypes ?? more.deviceTypes,
    macs: rows(facts.macs, more.macs),
    interfaces: joined(facts.interfaces, more.interfaces),
    arp: rows(facts.arp, more.arp),
    edges: rows(facts.edges, more.edges),
    components: rows(facts.components, more.components),
  };
}

function rows<T>(first: readonly T[] | undefined, second: readonly T[] | undefined): readonly T[] | undefined {
  return first === undefined ? second : second === undefined ? first : [...first, ...second];
}

/** One command lists the ports, another one their addresses. */
function joined(
  first: readonly NetworkInterface[] | undefined,
  second: readonly NetworkInterface[] | undefined,
): readonly NetworkInterface[] | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const byName = new Map(first.map((it) => [it.name, it]));
  for (const it of second) byName.set(it.name, { ...it, ...byName.get(it.name) });
  return [...byName.values()];
}
