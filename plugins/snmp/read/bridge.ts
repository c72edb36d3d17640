/** BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363): which interface a bridge port is, and which stations are behind it. */
import type { SectionData } from 'ksocket/plugin';
import { count, integer } from '../value.js';
import { type Read, worse } from './addresses.js';
import { readColumns } from './columns.js';
import type { FilteringDatabases } from './filtering-databases.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const dot1dBasePortEntry = '1.3.6.1.2.1.17.1.4.1';
export const dot1dTpFdbEntry = '1.3.6.1.2.1.17.4.3.1';
export const dot1qTpFdbEntry = '1.3.6.1.2.1.17.7.1.2.2.1';

const mostPorts = 5000;
/** Stations in one network; beyond this a device is a provider’s, and its table no inventory. */
export const mostStations = 15_000;
/** dot1dTpFdbStatus: other(1), invalid(2), learned(3), self(4), mgmt(5). */
const learned = 3;

/** ifIndex of each bridge port. */
export type BasePorts = ReadonlyMap<number, number>;
export type Station = NonNullable<SectionData['networkDevice']['forwardingDatabase']>[number];

/** @throws Failure when the agent is gone */
export async function readBasePorts(source: Source): Promise<BasePorts> {
  const { items } = await readColumns(
    source,
    { entry: dot1dBasePortEntry, columns: { ifIndex: 2 }, limit: mostPorts },
    ({ index, cells }) => [index[0]!, count(cells.ifIndex) ?? 0] as const,
  );
  return new Map(items.filter(([, ifIndex]) => ifIndex > 0));
}

export interface Bridging {
  readonly ports: BasePorts;
  readonly databases: FilteringDatabases;
  readonly nameOf: (ifIndex: number) => string | undefined;
}

/** The stations by database and address, or by address alone where the bridge knows no VLANs. @throws Failure when the agent is gone */
export async function readStations(source: Source, { ports, databases, nameOf }: Bridging): Promise<Read<Station>> {
  const station = (address: readonly number[], port: number | undefined): Station | undefined => {
    const mac = macOfIndex(address);
    const ifIndex = port === undefined ? undefined : ports.get(port);
    if (mac === undefined) return undefined;
    return { mac, ...only('port', ifIndex === undefined ? undefined : nameOf(ifIndex)) };
  };
  const columns = { port: 2, status: 3 };
  const byVlan = await readColumns(
    source,
    { entry: dot1qTpFdbEntry, columns, limit: mostStations },
    ({ index: [database, ...address], cells }) => {
      if ((integer(cells.status) ?? learned) !== learned) return undefined;
      const found = station(address, count(cells.port));
      return found && { found, database: database! };
    },
  );
  if (byVlan.items.length > 0) {
    const vlanOf = databases.of(new Set(byVlan.items.map((it) => it.database)));
    const items = byVlan.items.map(({ found, database }) => ({ ...found, ...only('vlan', vlanOf(database)) }));
    return { items, end: byVlan.end };
  }
  const plain = await readColumns(
    source,
    { entry: dot1dTpFdbEntry, columns, limit: mostStations },
    ({ index, cells }) =>
      (integer(cells.status) ?? learned) === learned ? station(index, count(cells.port)) : undefined,
  );
  return { items: plain.items, end: worse(byVlan.end, plain.end) };
}

/** A MAC address in an index, one sub-identifier an octet. */
export function macOfIndex(octets: readonly number[]): string | undefined {
  if (octets.length !== 6 || octets.some((octet) => !(octet >= 0 && octet <= 255))) return undefined;
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}
