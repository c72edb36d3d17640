/**
 * What can be known of a node, in sections. A collector yields the sections that it could read; a field that could not be
 * read is absent, never null, empty or guessed. Lists that come in several sections of one inspection are parts of one list.
 * Sizes are KiB, times ISO 8601 in UTC, MAC addresses `00:11:22:aa:bb:cc`. Names follow CIM, SMBIOS and the MIBs.
 */
import { z } from 'zod';
import { type deviceType, hardware } from './hardware.js';
import { identity } from './identity.js';
import { type neighbour, network, type networkInterface } from './network.js';
import { networkDevice, topology } from './network-device.js';
import { os } from './os.js';
import { printer } from './printer.js';
import { security } from './security.js';
import { software } from './software.js';
import { ups } from './ups.js';
import { text } from './values.js';

export { measuredMark } from './values.js';

/** The sections with a schema of this project; an in-house plug-in adds `x.<plug-in>` with its own. */
export const sectionSchemas = {
  identity,
  os,
  hardware,
  network,
  software,
  security,
  networkDevice,
  topology,
  printer,
  ups,
} as const;

export type SectionName = keyof typeof sectionSchemas;
export type SectionData = { [N in SectionName]: z.infer<(typeof sectionSchemas)[N]> };
export type Neighbour = z.infer<typeof neighbour>;
export type DeviceType = z.infer<typeof deviceType>;
export type NetworkInterface = z.infer<typeof networkInterface>;

/** Whether a section, or one field of it, could be read. */
export const completeness = z.enum(['ok', 'needs-privilege', 'tool-missing', 'timeout', 'unsupported', 'truncated']);
export type Completeness = z.infer<typeof completeness>;

/** A field that the collector knows it could not read, and why. */
export const missing = z.object({ field: text, state: completeness, reason: text.optional() });
export type Missing = z.infer<typeof missing>;

export interface Section<N extends SectionName | `x.${string}` = SectionName | `x.${string}`> {
  readonly name: N;
  readonly data: N extends SectionName ? SectionData[N] : Record<string, unknown>;
  readonly state: Completeness;
  readonly missing?: readonly Missing[] | undefined;
}

/** `section('os', { family: 'Linux' })`; the state is `ok` unless said otherwise. */
export function section<N extends SectionName | `x.${string}`>(
  name: N,
  data: Section<N>['data'],
  about: { state?: Completeness; missing?: readonly Missing[] } = {},
): Section<N> {
  return { name, data, state: about.state ?? 'ok', ...(about.missing?.length ? { missing: about.missing } : {}) };
}
