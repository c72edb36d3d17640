/**
 * The VLAN ids of Junos. Q-BRIDGE-MIB has an index of VLANs, which is “the VLAN-ID or other identifier” (RFC 4363, VlanIndex):
 *  - EX switches before ELS index by an internal number, in the filtering database, too; jnxExVlanTag of JUNIPER-VLAN-MIB has
 *    the id (an EX4550 with Junos 15.1 keeps VLAN 156 at index 17).
 *  - ELS (EX3400, EX4300, QFX) and MX index VLANs by their ids, and most write the id behind the name: `staff+156`. The
 *    filtering database has numbers of its own: jnxL2aldVlanFdbId of JUNIPER-L2ALD-MIB (393216 for the VLAN 114).
 * The model does not tell which it is, and either table may be hidden from this user: the names, which both tables have, do.
 */
import type { TableEnd } from '../table.js';
import { count, text, type Varbind } from '../value.js';
import { worse } from './addresses.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';

export const juniper = '2636';
export const jnxExVlanEntry = '1.3.6.1.4.1.2636.3.40.1.5.1.5.1';
export const jnxL2aldVlanEntry = '1.3.6.1.4.1.2636.3.48.1.3.1.1';

/** Those of several virtual switches together. */
const mostVlans = 10_000;
/** dot1qVlanStaticName ends there (RFC 4363), some agents one octet before. */
const cutName = 31;

export interface VlanTags {
  /** The VLAN id of a row of Q-BRIDGE-MIB; 0 where the VLAN has none, undefined where the agent does not say. */
  tagOf(index: number, name: string | undefined): number | undefined;
  /** The filtering databases that the maker’s table tells, with the VLAN of each. */
  readonly databases: Iterable<readonly [database: number, vlan: number]>;
  /** The name without the id behind it. */
  plainName(name: string | undefined, tag: number): string | undefined;
  readonly end: TableEnd;
}

/** All makers but one. */
export const indexIsTag: VlanTags = {
  tagOf: (index) => index,
  databases: [],
  plainName: (name) => name,
  end: { state: 'ok' },
};

interface JunosVlan {
  readonly index: number;
  readonly name: string | undefined;
  /** 0 of a VLAN without a tag. */
  readonly tag: number;
  readonly database: number | undefined;
}

/** @throws Failure when the agent is gone */
export async function readJunosTags(source: Source): Promise<VlanTags> {
  const before = await readColumns(
    source,
    { entry: jnxExVlanEntry, columns: { name: 2, tag: 5 }, limit: mostVlans },
    ({ index: [index], cells }) => junosVlan(index, cells),
  );
  if (before.items.length > 0) return new JunosTags(before.items, before.end, 'index');
  const els = await readColumns(
    source,
    { entry: jnxL2aldVlanEntry, columns: { name: 2, tag: 3, database: 5 }, limit: mostVlans },
    ({ index: [index], cells }) => junosVlan(index, cells),
  );
  return new JunosTags(els.items, worse(before.end, els.end), 'tag');
}

function junosVlan(
  index: number | undefined,
  { name, tag, database }: { readonly [cell in 'name' | 'tag' | 'database']?: Varbind | undefined },
): JunosVlan | undefined {
  const id = count(tag);
  if (index === undefined || id === undefined) return undefined;
  return { index, name: text(name), tag: id, database: count(database) };
}

class JunosTags implements VlanTags {
  readonly #byIndex: ReadonlyMap<number, JunosVlan>;
  readonly #byTag = new Map<number, JunosVlan[]>();

  /** @param usual what Q-BRIDGE-MIB is indexed by where there is this table, as long as no names say otherwise */
  constructor(
    vlans: readonly JunosVlan[],
    readonly end: TableEnd,
    private readonly usual: 'index' | 'tag',
  ) {
    this.#byIndex = new Map(vlans.map((it) => [it.index, it]));
    for (const it of vlans) this.#byTag.set(it.tag, [...(this.#byTag.get(it.tag) ?? []), it]);
  }

  tagOf(index: number, name: string | undefined): number | undefined {
    const byIndex = this.#byIndex.get(index);
    const byTag = this.#byTag.get(index) ?? [];
    if (byIndex !== undefined && said(byIndex, name) === 'same') return byIndex.tag;
    if (byTag.some((it) => said(it, name) === 'same') || name?.endsWith(`+${index}`)) return index;
    const candidates = this.usual === 'tag' ? byTag : byIndex === undefined ? [] : [byIndex];
    return candidates.find((it) => said(it, name) === 'nothing')?.tag;
  }

  get databases(): Iterable<readonly [number, number]> {
    return [...this.#byIndex.values()].flatMap(({ index, tag, database }) => {
      const number = this.usual === 'index' ? index : database;
      return number === undefined ? [] : [[number, tag] as const];
    });
  }

  plainName(name: string | undefined, tag: number): string | undefined {
    return plain(name, tag);
  }
}

/** Do both tables mean one VLAN? A name that may be cut, or is missing, says nothing. */
function said(vlan: JunosVlan, name: string | undefined): 'same' | 'other' | 'nothing' {
  const [one, other] = [plain(vlan.name, vlan.tag), plain(name, vlan.tag)];
  if (one === undefined || other === undefined) return 'nothing';
  if (one === other) return Buffer.byteLength(one) < cutName ? 'same' : 'nothing';
  const isCut = (short: string, long: string) => Buffer.byteLength(short) >= cutName && long.startsWith(short);
  return isCut(one, other) || isCut(other, one) ? 'nothing' : 'other';
}

function plain(name: string | undefined, tag: number): string | undefined {
  const behind = `+${tag}`;
  return name?.endsWith(behind) && name.length > behind.length ? name.slice(0, -behind.length) : name;
}
