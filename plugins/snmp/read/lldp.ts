/** Neighbours by LLDP: LLDP-MIB (IEEE 802.1AB-2005), else LLDP-V2-MIB (802.1AB-2009), which knows the interface itself. */
import type { Address, SectionData } from 'ksocket/plugin';
import { addressOfOctets } from '../inet.js';
import type { TableEnd } from '../table.js';
import { enumerated } from '../tables.js';
import { count, decodeText, integer, octets, text, type Varbind } from '../value.js';
import { type Read, worse } from './addresses.js';
import { bitsSet } from './bits.js';
import { Columns, readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const lldpRemEntry = '1.0.8802.1.1.2.1.4.1.1';
export const lldpRemManAddrEntry = '1.0.8802.1.1.2.1.4.2.1';
export const lldpLocPortEntry = '1.0.8802.1.1.2.1.3.7.1';
export const lldpV2RemEntry = '1.3.111.2.802.1.1.13.1.4.1.1';
export const lldpV2RemManAddrEntry = '1.3.111.2.802.1.1.13.1.4.2.1';

/** A port has one neighbour, a few where a hub is between; switches have hundreds of ports. */
const mostNeighbours = 5000;
const mostPorts = 5000;
/** Of one neighbour; some list every address that they have. */
const mostAddresses = 32;

export type Edge = NonNullable<SectionData['topology']['edges']>[number];

/** An edge whose local port is not yet named. */
export interface FoundEdge extends Omit<Edge, 'localPort'> {
  /** lldpRemLocalPortNum, which is the agent’s own numbering; `ifIndex` where the MIB says that. */
  readonly port: { readonly number: number; readonly isIfIndex: boolean };
}

export interface LocalPort {
  readonly number: number;
  readonly idSubtype: number | undefined;
  readonly id: Buffer | undefined;
  readonly description: string | undefined;
}

/** @throws Failure when the agent is gone */
export async function readLldp(source: Source): Promise<Read<FoundEdge>> {
  const first = await readGeneration(source, {
    entry: lldpRemEntry,
    columns: 4,
    addresses: lldpRemManAddrEntry,
    addressColumn: 3,
    keyLength: 3,
  });
  if (first.items.length > 0 || first.end.state !== 'ok') return first;
  return readGeneration(source, {
    entry: lldpV2RemEntry,
    columns: 5,
    addresses: lldpV2RemManAddrEntry,
    addressColumn: 3,
    keyLength: 4,
  });
}

interface Generation {
  readonly entry: string;
  /** The column of the chassis ID’s subtype; the others follow in the same order in both. */
  readonly columns: number;
  readonly addresses: string;
  readonly addressColumn: number;
  /** Sub-identifiers of a neighbour’s index: time mark, port, (destination address,) number. */
  readonly keyLength: number;
}

async function readGeneration(source: Source, generation: Generation): Promise<Read<FoundEdge>> {
  const { entry, columns: first, keyLength } = generation;
  const found = new Map<string, { edge: FoundEdge; addresses: Set<Address> }>();
  const columns = new Columns(source, {
    entry,
    columns: {
      chassisSubtype: first,
      chassis: first + 1,
      portSubtype: first + 2,
      port: first + 3,
      portDescription: first + 4,
      name: first + 5,
      description: first + 6,
      supported: first + 7,
      enabled: first + 8,
    },
    limit: mostNeighbours,
  });
  for await (const { index, cells } of columns.rows()) {
    const number = index[1];
    if (number === undefined || index.length !== keyLength) continue;
    const addresses = new Set<Address>();
    const self = chassisAddress(integer(cells.chassisSubtype), octets(cells.chassis));
    if (self !== undefined) addresses.add(self);
    const portSubtype = integer(cells.portSubtype);
    const id = identifier(chassisForms, integer(cells.chassisSubtype), octets(cells.chassis));
    // What a port is called is its description where its ID is only a number or a MAC address.
    const port = identifier(portForms, portSubtype, octets(cells.port));
    const capabilities = capabilityNames(cells.enabled) ?? capabilityNames(cells.supported);
    found.set(index.join('.'), {
      addresses,
      edge: {
        protocol: 'lldp',
        port: { number, isIfIndex: keyLength === 4 },
        ...only('remoteId', id),
        ...only('remotePort', port ?? text(cells.portDescription)),
        ...only('remoteName', text(cells.name)),
        ...only('remoteDescription', text(cells.description)),
        ...only('capabilities', capabilities),
      },
    });
  }
  const end = found.size === 0 ? undefined : await readAddresses(source, generation, found);
  const items = [...found.values()].map(({ edge, addresses }) => ({
    ...edge,
    ...(addresses.size > 0 ? { remoteAddresses: [...addresses] } : {}),
  }));
  return { items, end: worse(columns.end, end ?? { state: 'ok' }) };
}

/** The management addresses stand in the index: subtype, length, octets. */
async function readAddresses(
  source: Source,
  { addresses: entry, addressColumn, keyLength }: Generation,
  found: ReadonlyMap<string, { readonly addresses: Set<Address> }>,
): Promise<TableEnd> {
  const columns = new Columns(source, { entry, columns: { any: addressColumn }, limit: mostNeighbours });
  for await (const { index } of columns.rows()) {
    const neighbour = found.get(index.slice(0, keyLength).join('.'));
    const [family, length, ...rest] = index.slice(keyLength);
    const address = addressOf(family, rest.length === length ? rest : rest.slice(0, length));
    if (neighbour !== undefined && address !== undefined && neighbour.addresses.size < mostAddresses)
      neighbour.addresses.add(address);
  }
  return columns.end;
}

/** AddressFamilyNumbers: ipV4(1), ipV6(2). */
function addressOf(family: number | undefined, bytes: readonly number[]): Address | undefined {
  return (family === 1 && bytes.length === 4) || (family === 2 && bytes.length === 16)
    ? addressOfOctets(bytes)
    : undefined;
}

type Form = 'text' | 'mac' | 'address';
/** LldpChassisIdSubtype: chassisComponent(1), interfaceAlias(2), portComponent(3), macAddress(4), networkAddress(5), interfaceName(6), local(7). */
const chassisForms: Readonly<Record<number, Form>> = { 4: 'mac', 5: 'address' };
/** LldpPortIdSubtype: interfaceAlias(1), portComponent(2), macAddress(3), networkAddress(4), interfaceName(5), agentCircuitId(6), local(7). */
const portForms: Readonly<Record<number, Form>> = { 3: 'mac', 4: 'address' };

/** An ID in words; what does not have the form that its subtype says is hexadecimal, unless it is plain text. */
export function identifier(
  forms: Readonly<Record<number, Form>>,
  subtype: number | undefined,
  bytes: Buffer | undefined,
): string | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const form = forms[subtype ?? 0] ?? 'text';
  if (form === 'mac' && bytes.length === 6) return bytes.toString('hex').replace(/..(?!$)/g, '$&:');
  if (form === 'address') {
    const address = addressOf(bytes[0], [...bytes.subarray(1)]);
    if (address !== undefined) return address;
  }
  if (bytes.length > 255) return undefined;
  const isText = bytes.every((byte, i) => (byte >= 0x20 && byte !== 0x7f) || (byte === 0 && i === bytes.length - 1));
  return isText ? decodeText(bytes) : bytes.toString('hex');
}

function chassisAddress(subtype: number | undefined, bytes: Buffer | undefined): Address | undefined {
  return subtype === 5 && bytes !== undefined ? addressOf(bytes[0], [...bytes.subarray(1)]) : undefined;
}

function capabilityNames(it: Varbind | undefined): string[] | undefined {
  const names = bitsSet(octets(it)?.subarray(0, 2)).flatMap((bit) => enumerated('lldpSystemCapabilities', bit) ?? []);
  return names.length > 0 ? names : undefined;
}

/** The agent’s own ports, by which its numbering is understood. @throws Failure when the agent is gone */
export function readLocalPorts(source: Source): Promise<Read<LocalPort>> {
  return readColumns(
    source,
    { entry: lldpLocPortEntry, columns: { subtype: 2, id: 3, description: 4 }, limit: mostPorts },
    ({ index, cells }) => {
      const number = index[0];
      if (number === undefined) return undefined;
      return {
        number,
        idSubtype: count(cells.subtype),
        id: octets(cells.id),
        description: text(cells.description),
      };
    },
  );
}
