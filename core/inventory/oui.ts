/** Who made a network interface: the IEEE registries (MA-L, MA-M, MA-S), offline, from the npm package oui-data. */
import { createRequire } from 'node:module';

let table: Record<string, string> | undefined;

/** The organisation's name, or undefined for a locally administered or unregistered address. Loads 5 MB at the first call. */
export function organizationOf(mac: string): string | undefined {
  const digits = mac.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{12}$/.test(digits) || isLocallyAdministered(mac)) return undefined;
  table ??= createRequire(import.meta.url)('oui-data') as Record<string, string>;
  // The longer registries are subdivisions of the shorter ones (IEEE RA tutorial), so the longest prefix is the true one.
  const entry = table[digits.slice(0, 9)] ?? table[digits.slice(0, 7)] ?? table[digits.slice(0, 6)];
  return entry?.split('\n', 1)[0];
}

/** Bit 1 of the first octet (IEEE 802): made up by software, so it names no maker and identifies nothing for long. */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0x02) !== 0;
}
