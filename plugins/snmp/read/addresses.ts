/** The agent’s own addresses: ipAddressTable of IP-MIB (RFC 4293), and ipAddrTable (RFC 1213) for IPv4 where that is all. */
import type { Address } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { addressOfOctets, indexedAddress, prefixOfMask } from '../inet.js';
import { subIdentifiers } from '../oid.js';
import { Table, type TableEnd } from '../table.js';
import { count, integer, ipAddress, oidValue } from '../value.js';

const ipAddressIfIndex = '1.3.6.1.2.1.4.34.1.3';
const ipAddressType = '1.3.6.1.2.1.4.34.1.4';
/** A RowPointer into ipAddressPrefixTable, whose last sub-identifier is the prefix length. */
const ipAddressPrefix = '1.3.6.1.2.1.4.34.1.5';
const ipAddressPrefixOrigin = '1.3.6.1.2.1.4.32.1.5';
const ipAdEntIfIndex = '1.3.6.1.2.1.4.20.1.2';
const ipAdEntNetMask = '1.3.6.1.2.1.4.20.1.3';

/** Far above what one device has; a carrier’s router with an address a customer is cut. */
const mostAddresses = 8192;

export interface OwnAddress {
  readonly address: Address;
  readonly prefix: number | undefined;
  readonly ifIndex: number | undefined;
}

/** A list that was read, and whether all of it. */
export interface Read<T> {
  readonly items: readonly T[];
  readonly end: TableEnd;
}

/** The worse of several ends, for one list that several tables make. */
export function worse(...ends: readonly TableEnd[]): TableEnd {
  return ends.find((it) => it.state !== 'ok') ?? { state: 'ok' };
}

/** @throws Failure when the agent is gone */
export async function readAddresses(agent: Agent): Promise<Read<OwnAddress>> {
  const found = new Map<Address, OwnAddress>();
  const inet = new Table(agent, [ipAddressIfIndex, ipAddressType, ipAddressPrefix], mostAddresses);
  for await (const { index, cells } of inet.rows()) {
    const [ifIndex, type, prefix] = cells;
    const address = indexedAddress(subIdentifiers(index), 0)?.address;
    // unicast(1), anycast(2), broadcast(3): Linux lists its broadcast addresses here.
    if (address === undefined || integer(type) === 3) continue;
    const length = prefixOfPointer(oidValue(prefix), address);
    found.set(address, { address, prefix: length, ifIndex: count(ifIndex) });
  }
  const old = new Table(agent, [ipAdEntIfIndex, ipAdEntNetMask], mostAddresses);
  for await (const { index, cells } of old.rows()) {
    const address = addressOfOctets(subIdentifiers(index));
    if (address === undefined) continue;
    const known = found.get(address);
    const mask = ipAddress(cells[1]);
    const prefix = known?.prefix ?? (mask === undefined ? undefined : prefixOfMask(mask));
    found.set(address, { address, prefix, ifIndex: known?.ifIndex ?? count(cells[0]) });
  }
  return { items: [...found.values()], end: worse(inet.end, old.end) };
}

function prefixOfPointer(pointer: string | undefined, address: Address): number | undefined {
  if (!pointer?.startsWith(`${ipAddressPrefixOrigin}.`)) return undefined;
  const prefix = subIdentifiers(pointer).at(-1)!;
  return prefix <= (address.includes(':') ? 128 : 32) ? prefix : undefined;
}
