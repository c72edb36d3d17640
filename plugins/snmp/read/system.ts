/** SNMPv2-MIB system, SNMP-FRAMEWORK-MIB and the uptimes: what every agent can say of itself, in two questions. */
import { AddressSet, type Clock, filledIn, type SectionData } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { subIdentifiers } from '../oid.js';
import { type DescriptionRow, descriptionRows, enumerated, modelOf } from '../tables.js';
import { count, integer, mac, octets, oidValue, text, utcOffset } from '../value.js';
import { bitsSet } from './bits.js';

const firstQuestion = {
  sysDescr: '1.3.6.1.2.1.1.1.0',
  sysObjectID: '1.3.6.1.2.1.1.2.0',
  sysUpTime: '1.3.6.1.2.1.1.3.0',
  sysName: '1.3.6.1.2.1.1.5.0',
};
const secondQuestion = {
  sysContact: '1.3.6.1.2.1.1.4.0',
  sysLocation: '1.3.6.1.2.1.1.6.0',
  ipForwarding: '1.3.6.1.2.1.4.1.0',
  hrSystemUptime: '1.3.6.1.2.1.25.1.1.0',
  hrSystemDate: '1.3.6.1.2.1.25.1.2.0',
  hrMemorySize: '1.3.6.1.2.1.25.2.2.0',
  snmpEngineID: '1.3.6.1.6.3.10.2.1.1.0',
  snmpEngineTime: '1.3.6.1.6.3.10.2.1.3.0',
  dot1dBaseBridgeAddress: '1.3.6.1.2.1.17.1.1.0',
  sysServices: '1.3.6.1.2.1.1.7.0',
  lldpLocSysCapEnabled: '1.0.8802.1.1.2.1.3.6.0',
  // Once more: a session may have waited between the first question and this one.
  sysUpTime: '1.3.6.1.2.1.1.3.0',
};

/** What the first question learns; it is also the proof that somebody is there. */
export interface SystemGroup {
  readonly description: string | undefined;
  readonly objectId: string | undefined;
  /** IANA enterprise number of sysObjectID, as text. */
  readonly enterprise: string | undefined;
  /** Hundredths of a second; it begins again after 497 days. */
  readonly upTime: number | undefined;
  readonly name: string | undefined;
}

/** @throws Failure E_TIMEOUT, E_REFUSED, E_CANCELLED */
export async function readSystem(agent: Agent): Promise<SystemGroup> {
  const [description, objectId, upTime, name] = await agent.get(Object.values(firstQuestion));
  const oid = oidValue(objectId);
  const ids = oid === undefined ? [] : subIdentifiers(oid);
  const enterprise = oid?.startsWith('1.3.6.1.4.1.') ? String(ids[6]) : undefined;
  return { description: text(description), objectId: oid, enterprise, upTime: count(upTime), name: text(name) };
}

export interface SystemDetails {
  readonly contact: string | undefined;
  readonly location: string | undefined;
  readonly forwarding: boolean | undefined;
  readonly engineId: string | undefined;
  readonly bootTime: string | undefined;
  readonly timezone: string | undefined;
  readonly memoryKiB: number | undefined;
  readonly bridgeAddress: string | undefined;
  readonly services: number | undefined;
  /** What the agent's clock of TimeTicks says at a moment of ours (milliseconds since 1970); undefined where it has begun again since the start. */
  readonly ticks: { readonly hundredths: number; readonly at: number } | undefined;
  /** What the device says of itself by LLDP. */
  readonly capabilities: readonly string[];
}

/** @throws Failure as `readSystem` */
export async function readSystemDetails(agent: Agent, system: SystemGroup, clock: Clock): Promise<SystemDetails> {
  const answers = await agent.get(Object.values(secondQuestion));
  const at = clock.now();
  const [contact, location, forwarding, hostUptime, date, memory, engineId, engineTime, bridge, services, enabled, up] =
    answers;
  const upTime = count(up) ?? system.upTime;
  const seconds = uptimeSeconds(upTime, count(hostUptime), count(engineTime));
  const routes = integer(forwarding);
  const memoryKiB = count(memory);
  return {
    contact: text(contact),
    location: text(location),
    // ipForwarding: forwarding(1), notForwarding(2)
    forwarding: routes === 1 ? true : routes === 2 ? false : undefined,
    engineId: engineIdText(octets(engineId)),
    // Whole seconds: the agents count no finer, and the answer’s way makes the rest noise.
    bootTime:
      seconds === undefined
        ? undefined
        : new Date(Math.round(at / 1000 - seconds) * 1000).toISOString().replace('.000Z', 'Z'),
    timezone: utcOffset(date),
    memoryKiB: memoryKiB === 0 ? undefined : memoryKiB,
    bridgeAddress: mac(bridge),
    services: count(services),
    ticks: upTime === undefined || hasWrapped(upTime, count(engineTime)) ? undefined : { hundredths: upTime, at },
    capabilities: bitsSet(octets(enabled)?.subarray(0, 2)).flatMap(
      (bit) => enumerated('lldpSystemCapabilities', bit) ?? [],
    ),
  };
}

/** TimeTicks begin again after so many seconds. */
const wrapSeconds = 2 ** 32 / 100;
/** How far counters that were started one after the other at boot may differ. */
const startupSeconds = 300;

/** snmpEngineTime counts on where TimeTicks begin again. */
const hasWrapped = (upTime: number, snmpEngineTime: number | undefined): boolean =>
  snmpEngineTime !== undefined && snmpEngineTime - upTime / 100 > wrapSeconds - startupSeconds;

/**
 * How long the machine is up. hrSystemUptime is the machine’s, the others are the agent’s, which in network equipment is the
 * same. snmpEngineTime does not begin again after 497 days, so it tells how often the others did; an hrSystemUptime that is
 * shorter than the agent’s own time has begun again by itself, and then nothing is known.
 */
export function uptimeSeconds(
  sysUpTime: number | undefined,
  hrSystemUptime: number | undefined,
  snmpEngineTime: number | undefined,
): number | undefined {
  const agent = (sysUpTime ?? 0) / 100;
  if (hrSystemUptime !== undefined && hrSystemUptime / 100 < agent - startupSeconds) return undefined;
  const base = hrSystemUptime ? hrSystemUptime / 100 : agent;
  if (base === 0) return undefined;
  if (snmpEngineTime === undefined || snmpEngineTime <= base) return base;
  const wraps = Math.round((snmpEngineTime - base) / wrapSeconds);
  const unwrapped = base + wraps * wrapSeconds;
  return Math.abs(unwrapped - snmpEngineTime) <= startupSeconds ? unwrapped : base;
}

/**
 * An engine ID that can tell one device from all others (RFC 3411, section 5). Others are seen all the same: all zeros and all
 * ones, which are forbidden there; those made of an address or MAC address that is a placeholder (formats 1 to 3), and
 * texts or numbers that firmware ships in every device (format 4 and 5 with one octet over and over).
 */
export function engineIdText(id: Buffer | undefined): string | undefined {
  if (id === undefined || id.length < 5 || id.length > 32) return undefined;
  if (isOneOctet(id)) return undefined;
  // The highest bit says that the fifth octet names the format.
  if (id[0]! >= 0x80) {
    const rest = id.subarray(5);
    if (isOneOctet(rest)) return undefined;
    const [format] = id.subarray(4);
    if (format === 1 && isPlaceholderAddress(rest)) return undefined;
    // Cisco puts a zero before the MAC address.
    const mac = rest.length === 7 && rest[0] === 0 ? rest.subarray(1) : rest;
    if (format === 3 && mac.length === 6 && isPlaceholderMac(mac)) return undefined;
  }
  return id.toString('hex');
}

const isOneOctet = (octets: Buffer): boolean => octets.length === 0 || octets.every((octet) => octet === octets[0]);

/** Addresses that many networks have, behind hops too: private (RFC 1918), shared, link-local, loopback and this network (RFC 6890). */
const notUnique = AddressSet.parse([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
]);

function isPlaceholderAddress(octets: Buffer): boolean {
  const address = octets.join('.');
  return octets.length === 4 ? notUnique.has(address) : octets[0] === 0;
}

/** Of a group, locally administered, or counted up as in examples: 00:01:02:03:04:05, 12:34:56:78:9a:bc. */
function isPlaceholderMac(octets: Buffer): boolean {
  const text = octets.toString('hex');
  return (octets[0]! & 3) !== 0 || text === '000102030405' || text === '001122334455' || text.startsWith('00000000');
}

type OsSection = Pick<SectionData['os'], 'family' | 'name' | 'version' | 'build' | 'architecture' | 'kernel'>;

function rowsOf(system: Pick<SystemGroup, 'description' | 'objectId'>): DescriptionRow[] {
  const description = system.description ?? '';
  const objectId = `${system.objectId ?? ''}.`;
  return descriptionRows().filter(
    (it) =>
      (it.begins === undefined || description.startsWith(it.begins)) &&
      (it.has ?? []).every((part) => description.includes(part)) &&
      (it.objectId === undefined || objectId.startsWith(`${it.objectId}.`)),
  );
}

/** Family, name and version as far as sysDescr and sysObjectID tell them. */
export function describedSystem(system: Pick<SystemGroup, 'description' | 'objectId'>): OsSection {
  const row = rowsOf(system).find((it) => it.family !== undefined || it.version !== undefined);
  if (row === undefined) return {};
  const description = system.description ?? '';
  const found = (pattern: RegExp | undefined) => pattern?.exec(description)?.[1];
  const version = found(row.version);
  return {
    ...only('family', row.family),
    ...only('name', row.name),
    // A version has a digit; "Vyatta unknown-version" has none.
    ...only('version', version !== undefined && /\d/.test(version) ? version : undefined),
    ...only('build', found(row.build)),
    ...only('architecture', found(row.architecture)),
    ...(row.uname ? uname(description) : {}),
  };
}

/** Model and serial number where sysDescr has them, as many small devices have nothing else. */
export function describedProduct(system: Pick<SystemGroup, 'description' | 'objectId'>): {
  model?: string;
  serial?: string;
} {
  const rows = rowsOf(system);
  const first = (field: 'model' | 'serial') =>
    rows.map((row) => filledIn(row[field]?.exec(system.description ?? '')?.[1])).find((it) => it !== undefined);
  return { ...only('model', first('model') ?? modelOf(system.objectId)), ...only('serial', first('serial')) };
}

/** `uname -a`: name, host (which some agents leave out), release, `#1` with the build, machine. */
function uname(description: string): OsSection {
  const words = description.split(/\s+/, 40);
  const hash = words.findIndex((word) => word.startsWith('#'));
  const machine = words.length > hash + 1 ? words.at(-1) : undefined;
  if (hash < 2) return {};
  const known = machine !== undefined && /^[a-z][a-z0-9_]{2,11}$/.test(machine);
  return {
    kernel: {
      ...only('name', words[0]),
      ...only('release', words[hash - 1]),
      version: words.slice(hash, known ? -1 : undefined).join(' '),
    },
    ...(known ? { architecture: machine } : {}),
  };
}

/** `{ [key]: value }`, or nothing when there is no value. */
export function only<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
