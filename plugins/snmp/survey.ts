/** What several parts of a session need of one agent, each table walked once. */
import type { Address, Clock } from 'ksocket/plugin';
import type { Agent } from './agent.js';
import { once } from './batches.js';
import { accessPointEntries } from './read/access-points.js';
import { type OwnAddress, type Read, readAddresses, worse } from './read/addresses.js';
import {
  dot3adAggPortEntry,
  ifStackEntry,
  pagpEtherChannelEntry,
  readStack,
  type StackedPair,
} from './read/aggregates.js';
import { dot1dBasePortEntry, dot1dTpFdbEntry, dot1qTpFdbEntry, readBasePorts } from './read/bridge.js';
import { cdpCacheEntry, readCdp, readFdp, snFdpCacheEntry } from './read/cdp.js';
import { vlanTrunkPortEntry, vmMembershipEntry, vtpVlanEntry } from './read/cisco-vlans.js';
import {
  type Devices,
  hrDeviceEntry,
  hrFSEntry,
  hrStorageEntry,
  hrSWInstalledEntry,
  readDevices,
} from './read/host-resources.js';
import { type InterfaceRow, readInterfaces } from './read/interfaces.js';
import {
  type FoundEdge,
  lldpLocPortEntry,
  lldpRemEntry,
  lldpRemManAddrEntry,
  lldpV2RemEntry,
  lldpV2RemManAddrEntry,
  readLldp,
} from './read/lldp.js';
import { type CacheEntry, readNeighbourCache } from './read/neighbour-cache.js';
import { pethMainPseEntry, pethPsePortEntry } from './read/poe.js';
import { cefcFRUPowerStatusEntry, entStateEntry } from './read/power-supplies.js';
import { prtGeneralEntry } from './read/printer.js';
import { type Route, readRoutes } from './read/routes.js';
import { explore, type Source } from './read/source.js';
import { readSystemDetails, type SystemDetails, type SystemGroup } from './read/system.js';
import { dskEntry, ucdMemory } from './read/ucd.js';
import { upsBatteryGroup, upsEntries } from './read/ups.js';
import { jnxExVlanEntry, jnxL2aldVlanEntry, juniper } from './read/vlan-tags.js';
import { dot1qVlanCurrentEntry, dot1qVlanStaticEntry } from './read/vlans.js';

/** Tables that most devices do not have: which of them this one has is found out first. */
export const optionalEntries = () => [
  lldpRemEntry,
  lldpRemManAddrEntry,
  lldpLocPortEntry,
  lldpV2RemEntry,
  lldpV2RemManAddrEntry,
  cdpCacheEntry,
  snFdpCacheEntry,
  dot1dBasePortEntry,
  dot1dTpFdbEntry,
  dot1qTpFdbEntry,
  dot1qVlanCurrentEntry,
  dot1qVlanStaticEntry,
  vtpVlanEntry,
  vlanTrunkPortEntry,
  vmMembershipEntry,
  dot3adAggPortEntry,
  pagpEtherChannelEntry,
  ifStackEntry,
  hrStorageEntry,
  hrFSEntry,
  hrDeviceEntry,
  hrSWInstalledEntry,
  ucdMemory,
  dskEntry,
  pethPsePortEntry,
  pethMainPseEntry,
  prtGeneralEntry,
  cefcFRUPowerStatusEntry,
  entStateEntry,
  upsBatteryGroup,
  ...upsEntries(),
  ...accessPointEntries(),
];

/** The interfaces, and their names by number. */
export interface Interfaces extends Read<InterfaceRow> {
  readonly nameOf: (ifIndex: number) => string | undefined;
}

export class Survey {
  readonly source = once((): Promise<Source> => {
    const makers = this.system.enterprise === juniper ? [jnxExVlanEntry, jnxL2aldVlanEntry] : [];
    return explore(this.agent, [...optionalEntries(), ...makers]);
  });
  readonly details = once((): Promise<SystemDetails> => readSystemDetails(this.agent, this.system, this.clock));
  readonly addresses = once((): Promise<Read<OwnAddress>> => readAddresses(this.agent));
  readonly cache = once(async (): Promise<Read<CacheEntry>> => {
    const own = new Set((await this.addresses()).items.map((it) => it.address));
    const read = await readNeighbourCache(this.agent);
    // ipNetToMediaTable does not say which rows are the agent’s own; Cisco’s lists them.
    return { ...read, items: read.items.map((it) => (own.has(it.address) ? { ...it, own: true } : it)) };
  });
  readonly routes = once((): Promise<Read<Route>> => readRoutes(this.agent));
  readonly lldp = once(async (): Promise<Read<FoundEdge>> => readLldp(await this.source()));
  readonly cdp = once(async (): Promise<Read<FoundEdge>> => {
    const source = await this.source();
    const [cdp, fdp] = [await readCdp(source), await readFdp(source)];
    return { items: [...cdp.items, ...fdp.items], end: worse(cdp.end, fdp.end) };
  });
  readonly stack = once(async (): Promise<Read<StackedPair>> => readStack(await this.source()));
  readonly basePorts = once(async () => readBasePorts(await this.source()));
  readonly devices = once(async (): Promise<Devices> => readDevices(await this.source()));
  readonly interfaces = once(async (): Promise<Interfaces> => {
    const read = await readInterfaces(this.agent);
    const names = new Map(read.items.map((it) => [it.index, it.name]));
    return { ...read, nameOf: (ifIndex) => names.get(ifIndex) };
  });

  constructor(
    readonly agent: Agent,
    readonly system: SystemGroup,
    readonly clock: Clock,
  ) {}

  /** Addresses that neighbours told of themselves. */
  async told(): Promise<{ address: Address; source: FoundEdge['protocol'] }[]> {
    const edges = [...(await this.lldp()).items, ...(await this.cdp()).items];
    return edges.flatMap(({ protocol, remoteAddresses }) =>
      (remoteAddresses ?? []).map((address) => ({ address, source: protocol })),
    );
  }
}
