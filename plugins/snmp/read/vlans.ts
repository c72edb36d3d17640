/** VLANs of Q-BRIDGE-MIB (RFC 4363): those that are configured, and those that are in use now. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { count, integer, octets, text } from '../value.js';
import { worse } from './addresses.js';
import { bitsSet } from './bits.js';
import type { BasePorts } from './bridge.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';

export const dot1qVlanCurrentEntry = '1.3.6.1.2.1.17.7.1.4.2.1';
export const dot1qVlanStaticEntry = '1.3.6.1.2.1.17.7.1.4.3.1';

/** 4,094 is all that there can be (IEEE 802.1Q). */
const highestVlan = 4094;
/** Members of all VLANs together: a trunk of 4,094 VLANs on each of 24 ports. */
const mostMembers = 100_000;

export type Vlan = NonNullable<SectionData['networkDevice']['vlans']>[number];

/** VLANs as several tables tell them, with the interfaces by name. */
export class Vlans {
  readonly #vlans = new Map<number, { name?: string; ports: Set<string>; untagged: Set<string> }>();
  #members = 0;

  /** Undefined for an id that no VLAN can have. */
  at(id: number): { name?: string; ports: Set<string>; untagged: Set<string> } | undefined {
    if (!(id >= 1 && id <= highestVlan)) return undefined;
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
}

/**
 * Fills `vlans`, and says which VLANs each filtering database (dot1qVlanFdbId) is of. @throws Failure when the agent is gone
 */
export async function readVlans(
  source: Source,
  vlans: Vlans,
  { ports, nameOf }: Ports,
): Promise<{ readonly vlansOf: ReadonlyMap<number, readonly number[]>; readonly end: TableEnd }> {
  const vlansOf = new Map<number, number[]>();
  const configured = await readColumns(
    source,
    { entry: dot1qVlanStaticEntry, columns: { name: 1, egress: 2, untagged: 4, status: 5 }, limit: highestVlan },
    ({ index: [id], cells }) => {
      // RowStatus: active(1); a row that is being made is no VLAN yet.
      if (id === undefined || (integer(cells.status) ?? 1) !== 1) return undefined;
      return { id, name: text(cells.name), egress: octets(cells.egress), untagged: octets(cells.untagged) };
    },
  );
  const current = await readColumns(
    source,
    { entry: dot1qVlanCurrentEntry, columns: { database: 3, egress: 4, untagged: 5 }, limit: 2 * highestVlan },
    ({ index: [, id], cells }) =>
      id === undefined
        ? undefined
        : { id, database: count(cells.database), egress: octets(cells.egress), untagged: octets(cells.untagged) },
  );
  const join = (id: number, list: 'ports' | 'untagged', bits: Buffer | undefined) => {
    for (const port of understood(bits, ports)) {
      const ifIndex = ports.get(port);
      vlans.join(id, list, ifIndex === undefined ? undefined : nameOf(ifIndex));
    }
  };
  const isCurrent = new Set(current.items.map((it) => it.id));
  for (const { id, name, egress, untagged } of configured.items) {
    const vlan = vlans.at(id);
    if (vlan === undefined) continue;
    if (name !== undefined) vlan.name = name;
    // What is in use now is what holds; the configuration stands in where the agent does not say.
    if (isCurrent.has(id)) continue;
    join(id, 'ports', egress);
    join(id, 'untagged', untagged);
  }
  for (const { id, database, egress, untagged } of current.items) {
    if (vlans.at(id) === undefined) continue;
    join(id, 'ports', egress);
    join(id, 'untagged', untagged);
    if (database === undefined) continue;
    const sharing = vlansOf.get(database) ?? [];
    if (!sharing.includes(id)) sharing.push(id);
    vlansOf.set(database, sharing);
  }
  // Without the current table the databases are by the VLAN’s own number, where one of that number is configured.
  if (current.items.length === 0) for (const id of vlans.ids) vlansOf.set(id, [id]);
  return { vlansOf, end: worse(configured.end, current.end, vlans.end) };
}

/**
 * The ports of a PortList. Some agents write lists of numbers where the MIB wants one bit a port (IronWare does): a list of
 * which most are no ports is not understood.
 */
function understood(bits: Buffer | undefined, ports: BasePorts): number[] {
  const set = bitsSet(bits?.subarray(0, 1024), 1);
  const known = set.filter((port) => ports.has(port));
  return known.length * 2 >= set.length ? known : [];
}
