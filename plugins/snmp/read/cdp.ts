/** Neighbours by CDP: CISCO-CDP-MIB, which other makers implement, too; and Foundry’s own of both FDP and CDP. */
import type { Address } from 'ksocket/plugin';
import { addressOfOctets } from '../inet.js';
import { enumerated } from '../tables.js';
import { integer, octets, text, type Varbind } from '../value.js';
import type { Read } from './addresses.js';
import { readColumns } from './columns.js';
import { type FoundEdge, identifier } from './lldp.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const cdpCacheEntry = '1.3.6.1.4.1.9.9.23.1.2.1.1';
export const snFdpCacheEntry = '1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1';
const mostNeighbours = 5000;

/** CiscoNetworkProtocol: ip(1), ipv6(20). */
const addressLengths: Readonly<Record<number, number>> = { 1: 4, 20: 16 };

/** @throws Failure when the agent is gone */
export function readCdp(source: Source): Promise<Read<FoundEdge>> {
  return readColumns(
    source,
    {
      entry: cdpCacheEntry,
      columns: {
        addressType: 3,
        address: 4,
        version: 5,
        device: 6,
        port: 7,
        platform: 8,
        capabilities: 9,
        name: 17,
        primaryType: 19,
        primary: 20,
        secondaryType: 21,
        secondary: 22,
      },
      limit: mostNeighbours,
    },
    ({ index, cells }) => {
      const [ifIndex] = index;
      const device = octets(cells.device);
      if (ifIndex === undefined || device === undefined || device.length === 0) return undefined;
      const addresses = new Set<Address>();
      for (const [type, address] of [
        [cells.primaryType, cells.primary],
        [cells.addressType, cells.address],
        [cells.secondaryType, cells.secondary],
      ] as const) {
        const found = addressOf(type, address);
        if (found !== undefined) addresses.add(found);
      }
      const capabilities = capabilityNames(octets(cells.capabilities));
      return {
        protocol: 'cdp',
        port: { number: ifIndex, isIfIndex: true },
        // HP’s implementation gives MAC addresses as octets where Cisco’s gives text.
        ...only('remoteId', identifier(binaryIsMac(device), 0, device)),
        ...only('remotePort', portName(octets(cells.port))),
        ...only('remoteName', text(cells.name)),
        ...only('remoteDescription', text(cells.version)),
        ...only('remotePlatform', text(cells.platform)),
        ...(addresses.size > 0 ? { remoteAddresses: [...addresses] } : {}),
        ...(capabilities.length > 0 ? { capabilities } : {}),
      };
    },
  );
}

/** FOUNDRY-SN-SWITCH-GROUP-MIB, snFdpCacheTable: what IronWare hears by either protocol. @throws Failure when the agent is gone */
export function readFdp(source: Source): Promise<Read<FoundEdge>> {
  return readColumns(
    source,
    {
      entry: snFdpCacheEntry,
      columns: { device: 3, addressType: 4, address: 5, version: 6, port: 7, platform: 8, vendor: 10 },
      limit: mostNeighbours,
    },
    ({ index: [ifIndex], cells }) => {
      const device = text(cells.device);
      if (ifIndex === undefined || device === undefined) return undefined;
      const address = addressOf(cells.addressType, cells.address);
      return {
        // snFdpCacheVendorId: fdp(1), cdp(2)
        protocol: integer(cells.vendor) === 2 ? 'cdp' : 'fdp',
        port: { number: ifIndex, isIfIndex: true },
        remoteId: device,
        ...only('remotePort', text(cells.port)),
        ...only('remoteDescription', text(cells.version)),
        ...only('remotePlatform', text(cells.platform)),
        ...(address === undefined ? {} : { remoteAddresses: [address] }),
      };
    },
  );
}

function portName(bytes: Buffer | undefined): string | undefined {
  return bytes === undefined ? undefined : identifier(binaryIsMac(bytes), 0, bytes);
}

/** Six octets that are not all printable are a MAC address. */
function binaryIsMac(bytes: Buffer): Readonly<Record<number, 'mac'>> {
  return bytes.length === 6 && bytes.some((byte) => byte < 0x20 || byte > 0x7e) ? { 0: 'mac' } : {};
}

function addressOf(type: Varbind | undefined, address: Varbind | undefined): Address | undefined {
  const bytes = octets(address);
  if (bytes === undefined || bytes.length !== addressLengths[integer(type) ?? 0]) return undefined;
  const found = addressOfOctets([...bytes]);
  return found === '0.0.0.0' || found === '::' ? undefined : found;
}

/** Four octets with the highest bits first; HP writes the number in decimal digits. */
export function capabilityNames(bytes: Buffer | undefined): string[] {
  if (bytes === undefined || bytes.length === 0 || bytes.length > 4) return [];
  const isDigits = bytes.length < 4 && bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
  const bits = isDigits ? Number(bytes.toString('latin1')) : bytes.readUIntBE(0, bytes.length);
  const names: string[] = [];
  for (let bit = 0; bit < 11; bit++) {
    const name = (bits >>> bit) & 1 ? enumerated('cdpCapabilities', bit) : undefined;
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return names;
}
