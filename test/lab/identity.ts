/** The identities of a host of the lab, made from its name: the same in every build, and different from every other host's. */

import { createHash } from 'node:crypto';
import type { Company, HostPlan } from './company.js';

const digest = (kind: string, company: Company, host: HostPlan) =>
  createHash('sha256').update(`${kind}\0${company.name}\0${host.name}`).digest('hex');

/** As in machine-id(5): 32 hexadecimal digits. */
export const machineId = (company: Company, host: HostPlan) => digest('machine-id', company, host).slice(0, 32);

/** SMBIOS UUID in the form of a random one (RFC 9562, version 4). */
export function productUuid(company: Company, host: HostPlan): string {
  const hex = digest('uuid', company, host);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The MAC at `address`: the maker's three bytes, then three that differ between all addresses of a /16. */
export function macOf(host: HostPlan, address: string): string {
  const [, , third, fourth] = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `${host.oui}:42:${third}:${fourth}`;
}

/** SNMP engine ID (RFC 3411, SnmpEngineID): net-snmp's enterprise number 8072, format 5 (administratively assigned octets). */
export const engineId = (company: Company, host: HostPlan) =>
  `80001f8805${digest('engine', company, host).slice(0, 16)}`;
