/** SNMPv2-MIB system, SNMP-FRAMEWORK-MIB and the uptimes: what every agent can say of itself, in two questions. */
import type { Clock, SectionData } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { subIdentifiers } from '../oid.js';
import { descriptionRows } from '../tables.js';
import { count, integer, mac, octets, oidValue, text, utcOffset } from '../value.js';

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
}

/** @throws Failure as `readSystem` */
export async function readSystemDetails(agent: Agent, system: SystemGroup, clock: Clock): Promise<SystemDetails> {
  const [contact, location, forwarding, hostUptime, date, memory, engineId, engineTime, bridge] = await agent.get(
    Object.values(secondQuestion),
  );
  const seconds = uptimeSeconds(system.upTime, count(hostUptime), count(engineTime));
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
        : new Date(Math.round(clock.now() / 1000 - seconds) * 1000).toISOString().replace('.000Z', 'Z'),
    timezone: utcOffset(date),
    memoryKiB: memoryKiB === 0 ? undefined : memoryKiB,
    bridgeAddress: mac(bridge),
  };
}

/** TimeTicks begin again after so many seconds. */
const wrapSeconds = 2 ** 32 / 100;
/** How far counters that were started one after the other at boot may differ. */
const startupSeconds = 300;

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

/** RFC 3411: 5 to 32 octets; all zeros and all ones are forbidden there and seen all the same. */
function engineIdText(id: Buffer | undefined): string | undefined {
  if (id === undefined || id.length < 5 || id.length > 32) return undefined;
  return id.every((octet) => octet === 0) || id.every((octet) => octet === 0xff) ? undefined : id.toString('hex');
}

type OsSection = Pick<SectionData['os'], 'family' | 'name' | 'version' | 'build' | 'architecture' | 'kernel'>;

/** Family, name and version as far as sysDescr and sysObjectID tell them. */
export function describedSystem(system: Pick<SystemGroup, 'description' | 'objectId'>): OsSection {
  const description = system.description ?? '';
  const objectId = `${system.objectId ?? ''}.`;
  const row = descriptionRows().find(
    (it) =>
      (it.begins === undefined || description.startsWith(it.begins)) &&
      (it.has ?? []).every((part) => description.includes(part)) &&
      (it.objectId === undefined || objectId.startsWith(`${it.objectId}.`)),
  );
  if (row === undefined) return {};
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
