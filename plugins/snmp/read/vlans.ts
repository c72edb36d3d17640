/** VLANs of Q-BRIDGE-MIB (RFC 4363): those that are configured, and those that are in use now. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { count, integer, octets, text } from '../value.js';
import { worse } from './addresses.js';
import type { BasePorts } from './bridge.js';
import { readColumns } from './columns.js';
import { FilteringDatabases } from './filtering-databases.js';
import type { PortListReader } from './port-list.js';
import type { Source } from './source.js';
import { indexIsTag, type VlanTags } from './vlan-tags.js';

export const dot1qVlanCurrentEntry = '1.3.6.1.2.1.17.7.1.4.2.1';
export const dot1qVlanStaticEntry = '1.3.6.1.2.1.17.7.1.4.3.1';

/** 4,094 is all that there can be (IEEE 802.1Q). */
const highestVlan = 4094;
const isVlanId = (id: number): boolean => id >= 1 && id <= highestVlan;
/** Members of all VLANs together: a trunk of 4,094 VLANs on each of 24 ports. */
const mostMembers = 100_000;

export type Vlan = NonNullable<SectionData['networkDevice']['vlans']>[number];

/** VLANs as several tables tell them, with the interfaces by name. */
export class Vlans {
  readonly #vlans = new Map<number, { name?: string; ports: Set<string>; untagged: Set<string> }>();
  #members = 0;

  /** Undefined for an id that no VLAN can have. */
  at(id: number): { name?: string; ports: Set<string>; untagged: Set<string> } | undefined {
    if (!isVlanId(id)) return undefined;
    let vlan = this.#vlans.get(id);
    if (vlan === undefined) {
      vlan = { ports: new Set(), untagged: new Set() };
      this.#vlans.set(id, vlan);
    }
    return vlan;
  }

  get ids(): number[] {
    return [...this.#vlans.keys()];
  }

  has(id: number, name: string | undefined): boolean {
    return name !== undefined && this.#vlans.get(id)?.ports.has(name) === true;
  }

  /** Adds interfaces to a VLAN that is known, until there are too many of them. */
  join(id: number, list: 'ports' | 'untagged', name: string | undefined): void {
    const vlan = this.#vlans.get(id);
    if (vlan === undefined || name === undefined || vlan[list].has(name) || ++this.#members > mostMembers) return;
    vlan[list].add(name);
  }

  /** Whether members were left out. */
  get end(): TableEnd {
    return this.#members > mostMembers
      ? { state: 'truncated', reason: `more than ${mostMembers} members` }
      : { state: 'ok' };
  }

  get items(): Vlan[] {
    return [...this.#vlans]
      .sort(([a], [b]) => a - b)
      .map(([id, { name, ports, untagged }]) => ({
        id,
        ...(name === undefined ? {} : { name }),
        ...(ports.size > 0 ? { ports: [...ports] } : {}),
        ...(untagged.size > 0 ? { untagged: [...untagged] } : {}),
      }));
  }
}

export interface Ports {
  readonly ports: BasePorts;
  readonly nameOf: (ifIndex: number) => string | undefined;
  readonly portsOf: PortListReader;
}

/**
 * Fills `vlans`, and says which VLAN each filtering database is of.
 * @param tags of the maker: the index is the VLAN id for most
 * @throws Failure when the agent is gone
 */
export async function readVlans(
  source: Source,
  vlans: Vlans,
  { ports, nameOf, portsOf }: Ports,
  tags: VlanTags,
): Promise<{ readonly databases: FilteringDatabases; readonly end: TableEnd }> {
  const configured = await readColumns(
    source,
    { entry: dot1qVlanStaticEntry, columns: { name: 1, egress: 2, untagged: 4, status: 5 }, limit: highestVlan },
    ({ index: [index], cells }) => {
      // RowStatus: active(1); a row that is being made is no VLAN yet.
      if (index === undefined || (integer(cells.status) ?? 1) !== 1) return undefined;
      return { index, name: text(cells.name), egress: octets(cells.egress), untagged: octets(cells.untagged) };
    },
  );
  const current = await readColumns(
    source,
    { entry: dot1qVlanCurrentEntry, columns: { database: 3, egress: 4, untagged: 5 }, limit: 2 * highestVlan },
    ({ index: [, index], cells }) =>
      index === undefined
        ? undefined
        : { index, database: count(cells.database), egress: octets(cells.egress), untagged: octets(cells.untagged) },
  );
  const names = new Map(configured.items.map(({ index, name }) => [index, name]));
  const unknown = new Set<number>();
  const tagOf = (index: number): number | undefined => {
    const tag = tags.tagOf(index, names.get(index));
    if (tag === undefined) unknown.add(index);
    return tag === undefined || vlans.at(tag) === undefined ? undefined : tag;
  };
  const join = (id: number, list: 'ports' | 'untagged', bits: Buffer | undefined) => {
    for (const port of portsOf(bits, (it) => ports.has(it))) vlans.join(id, list, nameOf(ports.get(port)!));
  };
  const isCurrent = new Set(current.items.map((it) => it.index));
  for (const { index, name, egress, untagged } of configured.items) {
    const id = tagOf(index);
    if (id === undefined) continue;
    if (name !== undefined) vlans.at(id)!.name = tags.plainName(name, id) ?? name;
    // What is in use now is what holds; the configuration stands in where the agent does not say.
    if (isCurrent.has(index)) continue;
    join(id, 'ports', egress);
    join(id, 'untagged', untagged);
  }
  const databases = new FilteringDatabases();
  for (const [database, vlan] of tags.databases) if (isVlanId(vlan)) databases.tell(database, vlan);
  for (const { index, database, egress, untagged } of current.items) {
    const id = tagOf(index);
    if (id === undefined) continue;
    join(id, 'ports', egress);
    join(id, 'untagged', untagged);
    if (database !== undefined) databases.tell(database, id);
  }
  if (current.end.state === 'ok' && tags === indexIsTag) databases.assumeNumbersOf(vlans.ids);
  return { databases, end: worse(configured.end, current.end, tags.end, untold(unknown.size), vlans.end) };
}

/** VLANs that were left out, because nobody says which they are. */
function untold(vlans: number): TableEnd {
  if (vlans === 0) return { state: 'ok' };
  const which = vlans === 1 ? '1 VLAN is' : `${vlans} VLANs are`;
  const reason =
    'their ids, which neither names nor JUNIPER-VLAN-MIB and JUNIPER-L2ALD-MIB tell this user, are not known';
  return { state: 'truncated', reason: `${which} left out: ${reason}` };
}
