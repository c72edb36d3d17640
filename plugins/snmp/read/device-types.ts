/** What a device is for: by data/device-types.json where its maker says it, else by what its agent does. */
import type { DeviceType } from 'ksocket/plugin';
import { deviceTypeRows, isAgentNumber } from '../tables.js';
import type { SystemGroup } from './system.js';

/** What the agent does, as far as it was found out. */
export interface Evidence {
  readonly forwarding: boolean | undefined;
  /** Bit 2 (value 2) bridges, bit 3 (value 4) routes: sysServices (RFC 3418). */
  readonly services: number | undefined;
  /** lldpLocSysCapEnabled in words. */
  readonly capabilities: readonly string[];
  readonly hasBridge: boolean;
  readonly hasVlans: boolean;
  readonly hasPrinter: boolean;
  readonly hasUps: boolean;
  readonly hasAccessPoints: boolean;
  /** hrDeviceTable or hrStorageTable: a host, not a box that only forwards. */
  readonly isHost: boolean;
  readonly family: string | undefined;
  readonly model: string | undefined;
  /** Objects of the maker's own MIB that answered. */
  readonly answered: readonly string[];
}

/** Most telling first; empty where nothing tells. */
export function deviceTypes(system: SystemGroup, evidence: Evidence): DeviceType[] {
  const { objectId, description } = system;
  const known = deviceTypeRows().find(
    (row) =>
      (row.objectId === undefined || `${objectId ?? ''}.`.startsWith(`${row.objectId}.`)) &&
      (row.begins === undefined || description?.startsWith(row.begins) === true) &&
      (row.has ?? []).every((part) => description?.includes(part) === true) &&
      (row.model === undefined || evidence.model?.startsWith(row.model) === true) &&
      (row.answers === undefined || evidence.answered.some((oid) => oid.startsWith(`${row.answers}.`))),
  );
  const types = new Set<DeviceType>(known?.types ?? []);
  const capable = (name: string) => evidence.capabilities.includes(name);
  if (evidence.hasPrinter) types.add('printer');
  if (evidence.hasUps && !types.has('pdu')) types.add('ups');
  if (evidence.hasAccessPoints) types.add('wireless-controller');
  if (types.size > 0) return [...types];

  if (capable('telephone')) types.add('phone');
  if (capable('wlanAccessPoint')) types.add('access-point');
  // Net-SNMP, Windows and their like run on general-purpose systems: that one forwards packets or bridges containers does
  // not make it network equipment.
  const isGeneral =
    (system.enterprise !== undefined && isAgentNumber(system.enterprise)) || hostFamilies.has(evidence.family ?? '');
  if (isGeneral) return types.size > 0 ? [...types] : ['server'];
  if (capable('bridge') || evidence.hasVlans || (evidence.hasBridge && bridges(evidence.services))) types.add('switch');
  if (capable('router') || (evidence.forwarding === true && !evidence.isHost)) types.add('router');
  return [...types];
}

const hostFamilies = new Set(['Linux', 'Windows', 'FreeBSD', 'OpenBSD', 'NetBSD', 'SunOS', 'AIX', 'HP-UX', 'Darwin']);

/** Layer 2 among the services; an agent that does not say is taken by its bridge. */
const bridges = (services: number | undefined): boolean => services === undefined || (services & 2) !== 0;
