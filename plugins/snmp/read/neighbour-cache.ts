/** ARP and neighbour-discovery entries: ipNetToPhysicalTable (RFC 4293) and ipNetToMediaTable (RFC 1213). */
import type { Address } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { addressOfOctets, indexedAddress } from '../inet.js';
import { subIdentifiers } from '../oid.js';
import { Table } from '../table.js';
import { integer, mac } from '../value.js';
import { type Read, worse } from './addresses.js';

const ipNetToPhysicalPhysAddress = '1.3.6.1.2.1.4.35.1.4';
const ipNetToPhysicalType = '1.3.6.1.2.1.4.35.1.6';
const ipNetToPhysicalState = '1.3.6.1.2.1.4.35.1.7';
const ipNetToMediaPhysAddress = '1.3.6.1.2.1.4.22.1.2';
const ipNetToMediaType = '1.3.6.1.2.1.4.22.1.4';

/** Large core routers hold some ten thousand entries; memory of one session stays within a few MiB. */
const mostEntries = 20_000;

/** Values of ipNetToPhysicalType and ipNetToMediaType: other(1), invalid(2), dynamic(3), static(4), local(5). */
const invalidType = 2;
const localType = 5;
/** Values of ipNetToPhysicalState: reachable(1), stale(2), delay(3), probe(4), invalid(5), unknown(6), incomplete(7). */
const invalidState = 5;
const incompleteState = 7;

export interface CacheEntry {
  readonly address: Address;
  readonly mac: string | undefined;
  readonly ifIndex: number | undefined;
  /** It is the agent’s own address. */
  readonly own: boolean;
}

/** @throws Failure when the agent is gone */
export async function readNeighbourCache(agent: Agent): Promise<Read<CacheEntry>> {
  const found = new Map<Address, CacheEntry>();
  const inet = new Table(agent, [ipNetToPhysicalPhysAddress, ipNetToPhysicalType, ipNetToPhysicalState], mostEntries);
  for await (const { index, cells } of inet.rows()) {
    const [ifIndex, ...rest] = subIdentifiers(index);
    const address = indexedAddress(rest, 0)?.address;
    const type = integer(cells[1]);
    const state = integer(cells[2]);
    if (address === undefined || type === invalidType || state === invalidState || state === incompleteState) continue;
    found.set(address, { address, mac: mac(cells[0]), ifIndex, own: type === localType });
  }
  const old = new Table(agent, [ipNetToMediaPhysAddress, ipNetToMediaType], mostEntries);
  for await (const { index, cells } of old.rows()) {
    const [ifIndex, ...octets] = subIdentifiers(index);
    const address = addressOfOctets(octets);
    if (address === undefined || octets.length !== 4 || integer(cells[1]) === invalidType || found.has(address))
      continue;
    // Without a MAC address the request is still open, or was never answered.
    const physical = mac(cells[0]);
    if (physical !== undefined && found.size < mostEntries)
      found.set(address, { address, mac: physical, ifIndex, own: false });
  }
  return { items: [...found.values()], end: worse(inet.end, old.end) };
}
