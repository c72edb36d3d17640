/**
 * The node document: the names that the real product's integrations read (displayName, addresses[].addr, extraFields.cpu…;
 * sizes in KiB), and beside them the sections with where each came from.
 */
import { addressToBigInt, type SectionData, type SectionName, sectionSchemas } from '../contract/index.js';
import type { ScanRecordOf } from '../wire/scan.js';
import { contentHash } from './content-hash.js';
import { endOfLifeOf } from './end-of-life.js';
import { mergeReadings, type NodeDraft, type Reading } from './fold.js';
import { keysOf, single } from './identity.js';
import { organizationOf } from './oui.js';

export interface NodeDocument {
  /** What this device is known by, strongest first: `uuid:…`, `machineId:…`, `mac:…`, at last `address:…`. Never empty. */
  readonly keys: readonly string[];
  /** The first of the keys. */
  readonly key: string;
  readonly displayName: string;
  readonly updatedAt: string;
  readonly lastScanSucceededAt?: string;
  readonly numberOfPackages: number;
  readonly numberOfWindowsUpdates: number;
  readonly deviceTypes: readonly { readonly type: string }[];
  readonly addresses: readonly NodeAddress[];
  readonly interfaces: readonly { ifname: string; macaddr?: string; addr?: string; netmask?: string }[];
  readonly system: { family?: string; version?: string; serial?: string };
  readonly extraFields: Record<string, unknown>;
  readonly packages: readonly { name: string; version: string | null; arch?: string }[];
  readonly sections: Partial<SectionData> & Record<string, unknown>;
  readonly provenance: readonly SectionProvenance[];
  readonly outcomes: readonly (ScanRecordOf<'node'>['outcomes'][number] & { readonly address: string })[];
  /** Why several addresses are this one node, and which likely matches were refused. */
  readonly history: readonly string[];
}

export interface NodeAddress {
  readonly addr: string;
  readonly subnet?: string;
  readonly macaddr?: string;
  readonly hostnames: readonly { hostname: string }[];
  readonly services: NonNullable<ScanRecordOf<'sighting'>['services']>;
  readonly extraFields: { readonly macaddr?: { readonly organizationName: string } };
  readonly evidence: ScanRecordOf<'sighting'>['evidence'];
  /** Only where it is not `yes`: a machine that is known and switched off. */
  readonly alive?: 'no' | 'unknown';
  readonly source: string;
}

export interface SectionProvenance {
  readonly section: string;
  readonly address: string;
  readonly collector: string;
  readonly credential?: string;
  readonly at: string;
  readonly durationMs: number;
  readonly state: Reading['state'];
  readonly missing: Reading['missing'];
  /** Of what was read there, but for what is measured: with equal hashes nobody has changed anything. */
  readonly hash: string;
}

/** Builds the document of one device from the drafts of its addresses. @param shared keys that others of the scan have, too */
export function toDocument(
  drafts: readonly NodeDraft[],
  history: readonly string[],
  shared: ReadonlySet<string> = new Set(),
): NodeDocument {
  const readings = drafts.flatMap((d) => d.readings);
  const sections: Record<string, unknown> = {};
  for (const name of new Set(readings.map((r) => r.name))) {
    const merged = mergeReadings(readings, name as SectionName);
    // A reading without a single fact is visible in the provenance, not as an empty section.
    if (Object.keys(merged).length > 0) sections[name] = merged;
  }
  const known = sections as Partial<SectionData>;
  const endOfLife = known.os && (known.os.endOfLife ?? endOfLifeOf(known.os));
  if (endOfLife) known.os = { ...known.os, endOfLife };
  const addresses = addressesOf(drafts, known.network);
  const keys = [...new Set(drafts.flatMap((d) => keysOf(identified(d))))]
    .filter((key) => !shared.has(key))
    .sort(byStrength);
  if (keys.length === 0) keys.push(`address:${addresses[0]?.addr ?? drafts[0]?.node ?? 'none'}`);
  const packages = known.software?.packages ?? [];
  const updatedAt =
    drafts
      .map((d) => d.lastAt)
      .sort()
      .at(-1) ?? '';
  const entered = drafts.some((d) => d.outcomes.some((o) => o.result === 'ok' || o.result === 'partial'));
  return {
    keys,
    key: keys[0]!,
    displayName:
      known.os?.hostname ??
      addresses.flatMap((a) => a.hostnames)[0]?.hostname ??
      addresses[0]?.addr ??
      drafts[0]?.node ??
      '',
    updatedAt,
    ...(entered ? { lastScanSucceededAt: updatedAt } : {}),
    numberOfPackages: packages.length,
    numberOfWindowsUpdates: known.software?.updates?.length ?? 0,
    deviceTypes: (known.hardware?.deviceTypes ?? []).map((type) => ({ type })),
    addresses,
    interfaces: interfaceRows(known.network),
    system: compact({
      family: known.os?.family,
      version: known.os?.version,
      serial: known.identity?.serial ?? known.hardware?.product?.serial,
    }),
    extraFields: extraFieldsOf(known),
    packages: packages.map((p) => ({ name: p.name, version: p.version ?? null, ...(p.arch ? { arch: p.arch } : {}) })),
    sections,
    provenance: readings.map(provenanceOf),
    outcomes: drafts.flatMap((d) => d.outcomes.map((o) => ({ address: d.node, ...o }))),
    history,
  };
}

/** What the identity rules see of a draft. */
export function identified(draft: NodeDraft) {
  return {
    node: draft.node,
    addresses: [...new Set(draft.sightings.flatMap((s) => s.addresses))],
    mac: draft.sightings.find((s) => s.mac !== undefined)?.mac,
    identity: mergeReadings(draft.readings, 'identity'),
    interfaces: mergeReadings(draft.readings, 'network').interfaces ?? [],
  };
}

const strength: readonly string[] = [...single, 'hostKey', 'mac'];
const byStrength = (a: string, b: string): number =>
  strength.indexOf(a.slice(0, a.indexOf(':'))) - strength.indexOf(b.slice(0, b.indexOf(':'))) || (a < b ? -1 : 1);

function provenanceOf(reading: Reading): SectionProvenance {
  const { provenance } = reading;
  return {
    section: reading.name,
    address: reading.node,
    collector: provenance.collector,
    ...(provenance.credential ? { credential: provenance.credential } : {}),
    at: provenance.at,
    durationMs: provenance.durationMs,
    state: reading.state,
    missing: reading.missing,
    hash: contentHash(reading.name, reading.data),
  };
}

function addressesOf(drafts: readonly NodeDraft[], network: SectionData['network'] | undefined): NodeAddress[] {
  const seen = new Map<string, ScanRecordOf<'sighting'>[]>();
  for (const sighting of drafts.flatMap((d) => d.sightings))
    for (const addr of sighting.addresses) seen.set(addr, [...(seen.get(addr) ?? []), sighting]);
  return [...seen]
    .map(([addr, sightings]) => addressOf(addr, sightings, network))
    .sort((a, b) => compareAddresses(a.addr, b.addr));
}

const liveliness = ['yes', 'no', 'unknown'];

/** Whoever saw it alive comes first; what they do not know the others say. */
function addressOf(
  addr: string,
  sightings: readonly ScanRecordOf<'sighting'>[],
  network: SectionData['network'] | undefined,
): NodeAddress {
  const sorted = [...sightings].sort((a, b) => liveliness.indexOf(a.alive) - liveliness.indexOf(b.alive));
  const { alive, source } = sorted[0]!;
  const macaddr = sorted.find((it) => it.mac !== undefined)?.mac ?? interfaceOf(network, addr)?.mac;
  const organizationName = macaddr === undefined ? undefined : organizationOf(macaddr);
  const subnet = subnetOf(network, addr);
  const names = sorted.flatMap((it) => it.names ?? []).map((it) => it.name);
  const services = sorted.flatMap((it) => it.services ?? []).map((it) => [JSON.stringify(it), it] as const);
  return {
    addr,
    ...(subnet ? { subnet } : {}),
    ...(macaddr ? { macaddr } : {}),
    hostnames: [...new Set(names)].map((hostname) => ({ hostname })),
    services: [...new Map(services).values()],
    extraFields: organizationName ? { macaddr: { organizationName } } : {},
    evidence: sorted.flatMap((it) => it.evidence),
    ...(alive === 'yes' ? {} : { alive }),
    source,
  };
}

/** IPv4 before IPv6, then by number. */
export function compareAddresses(a: string, b: string): number {
  const six = (text: string) => (text.includes(':') ? 1 : 0);
  if (six(a) !== six(b)) return six(a) - six(b);
  const [x, y] = [addressToBigInt(a), addressToBigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function interfaceOf(network: SectionData['network'] | undefined, addr: string) {
  return network?.interfaces?.find((i) => i.addresses?.some((a) => a.address === addr));
}

function subnetOf(network: SectionData['network'] | undefined, addr: string): string | undefined {
  const prefix = interfaceOf(network, addr)?.addresses?.find((a) => a.address === addr)?.prefix;
  if (prefix === undefined || addr.includes(':') || prefix > 32) return undefined;
  const mask = prefix === 0 ? 0n : (0xffffffffn << BigInt(32 - prefix)) & 0xffffffffn;
  return `${dotted(addressToBigInt(addr) & mask)}/${prefix}`;
}

const dotted = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');

function interfaceRows(network: SectionData['network'] | undefined): NodeDocument['interfaces'] {
  return (network?.interfaces ?? []).flatMap((port) => {
    const base = { ifname: port.name, ...(port.mac ? { macaddr: port.mac } : {}) };
    if (!port.addresses?.length) return [base];
    return port.addresses.map(({ address, prefix }) => ({
      ...base,
      addr: address,
      ...(prefix === undefined ? {} : { netmask: netmaskOf(address, prefix) }),
    }));
  });
}

/** Dotted for IPv4; IPv6 has no dotted mask, so its prefix length stands there. */
function netmaskOf(address: string, prefix: number): string {
  if (address.includes(':') || prefix > 32) return String(prefix);
  return dotted(prefix === 0 ? 0n : (0xffffffffn << BigInt(32 - prefix)) & 0xffffffffn);
}

/** The vendor's extraFields, from our sections. */
function extraFieldsOf({ os, hardware, network }: Partial<SectionData>): Record<string, unknown> {
  const { bios, board, product, cpu, memory, storage } = hardware ?? {};
  const sockets = Object.fromEntries(
    (cpu?.packages ?? []).map((p, i) => [`cpu${i}`, compact({ modelName: p.model, clockSpeed: p.clockMHz })]),
  );
  const macs = [...new Set((network?.interfaces ?? []).flatMap((i) => (i.mac ? [i.mac] : [])))];
  return compact({
    kernel: compactOrNothing({ name: os?.kernel?.name, version: os?.kernel?.version, release: os?.kernel?.release }),
    bios: compactOrNothing({ vendorName: bios?.vendor, versionNumber: bios?.version }),
    motherboard: compactOrNothing({
      vendorName: board?.vendor,
      modelNumber: board?.model,
      versionNumber: board?.version,
      serialNumber: board?.serial,
    }),
    product: compactOrNothing({
      vendorName: product?.vendor,
      modelName: product?.name,
      modelNumber: product?.model,
      versionNumber: product?.version,
      serialNumber: product?.serial,
      firmwareVersionNumber: product?.firmware,
    }),
    cpu: compactOrNothing({
      numberOfSockets: cpu?.sockets,
      numberOfCores: cpu?.cores,
      numberOfProcessors: cpu?.threads,
      ...sockets,
    }),
    memory: compactOrNothing({ totalSize: memory?.totalKiB }),
    storage: compactOrNothing({ numberOfDrives: storage?.drives?.length, totalSize: storage?.totalKiB }),
    networking: compactOrNothing({
      macaddrs: compactOrNothing(
        Object.fromEntries(macs.map((mac) => [mac, compact({ organizationName: organizationOf(mac) })])),
      ),
      defaultGateways: network?.gateways?.map((g) => compact({ addr: g.address, interface: g.interface })),
    }),
  });
}

function compact<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function compactOrNothing(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const kept = compact(fields);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** The sections whose shape the project knows, for documentation and pages. */
export const knownSections = Object.keys(sectionSchemas) as SectionName[];
