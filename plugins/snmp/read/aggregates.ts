/** Link aggregation: IEEE8023-LAG-MIB (IEEE 802.1AX), CISCO-PAGP-MIB, and ifStackTable (RFC 2863) where both are silent. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { count, integer, mac, text, type Varbind } from '../value.js';
import { type Read, worse } from './addresses.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const dot3adAggPortEntry = '1.2.840.10006.300.43.1.2.1.1';
export const pagpEtherChannelEntry = '1.3.6.1.4.1.9.9.98.1.1.1.1';
export const ifStackEntry = '1.3.6.1.2.1.31.1.2.1';
const mostPorts = 5000;
/** Subscriber interfaces of a broadband gateway are stacked, too. */
const mostStacked = 20_000;

export type Aggregate = NonNullable<SectionData['networkDevice']['aggregates']>[number];

export interface StackedPair {
  readonly higher: number;
  readonly lower: number;
}

/** Which interface lies on which; 0 stands for nothing above or below. @throws Failure when the agent is gone */
export function readStack(source: Source): Promise<Read<StackedPair>> {
  return readColumns(
    source,
    { entry: ifStackEntry, columns: { status: 3 }, limit: mostStacked },
    ({ index: [higher, lower], cells }) =>
      // RowStatus: active(1)
      higher && lower && integer(cells.status) === 1 ? { higher, lower } : undefined,
  );
}

interface Bundle {
  readonly members: Set<number>;
  protocol?: string;
  partner?: string;
}

export interface Bundling {
  readonly stack: readonly StackedPair[];
  readonly isAggregate: (ifIndex: number) => boolean;
  readonly nameOf: (ifIndex: number) => string | undefined;
}

/** @throws Failure when the agent is gone */
export async function readAggregates(
  source: Source,
  { stack, isAggregate, nameOf }: Bundling,
): Promise<Read<Aggregate>> {
  const bundles = new Map<number, Bundle>();
  const bundle = (ifIndex: number): Bundle => {
    const known = bundles.get(ifIndex) ?? { members: new Set<number>() };
    bundles.set(ifIndex, known);
    return known;
  };
  const end: TableEnd[] = [];

  const lacp = await readColumns(
    source,
    // PartnerOperSystemID is all zeros where nobody answers LACP.
    { entry: dot3adAggPortEntry, columns: { partner: 9, attached: 13 }, limit: mostPorts },
    ({ index: [port], cells }) => ({
      port: port!,
      aggregate: count(cells.attached) ?? 0,
      partner: systemId(cells.partner),
    }),
  );
  end.push(lacp.end);
  for (const { port, aggregate, partner } of lacp.items) {
    // An individual link is attached to itself.
    if (aggregate === 0 || aggregate === port || nameOf(aggregate) === undefined) continue;
    const known = bundle(aggregate);
    known.members.add(port);
    if (partner === undefined) continue;
    known.partner = partner;
    known.protocol = 'lacp';
  }

  const pagp = await readColumns(
    source,
    { entry: pagpEtherChannelEntry, columns: { mode: 1, group: 8 }, limit: mostPorts },
    ({ index: [port], cells }) => ({ port: port!, mode: integer(cells.mode), group: count(cells.group) ?? 0 }),
  );
  end.push(pagp.end);
  for (const { port, mode, group } of pagp.items) {
    if (group === 0 || group === port || nameOf(group) === undefined) continue;
    const known = bundle(group);
    known.members.add(port);
    // pagpEthcOperationMode: off(1), manual(2), pagp(3); an interface in an LACP bundle is off here.
    if (mode === 2) known.protocol ??= 'static';
    if (mode === 3) known.protocol ??= 'pagp';
  }

  for (const { higher, lower } of stack) if (isAggregate(higher)) bundle(higher).members.add(lower);

  const items = [...bundles].flatMap(([ifIndex, { members, protocol, partner }]) => {
    const name = nameOf(ifIndex);
    const names = [...members].flatMap((it) => nameOf(it) ?? []);
    if (name === undefined || names.length === 0) return [];
    return [{ name, members: names, ...only('protocol', protocol), ...only('partner', partner) }];
  });
  return { items, end: worse(...end) };
}

/** NX-OS writes `0-e-1e-a4-d6-f0` where the MIB wants six octets. */
function systemId(it: Varbind | undefined): string | undefined {
  const binary = mac(it);
  if (binary !== undefined) return binary;
  const octets = (text(it) ?? '').split(/[:-]/, 7);
  if (octets.length !== 6 || octets.some((octet) => !/^[0-9a-f]{1,2}$/i.test(octet))) return undefined;
  const address = octets.map((octet) => octet.toLowerCase().padStart(2, '0')).join(':');
  return address === '00:00:00:00:00:00' ? undefined : address;
}
