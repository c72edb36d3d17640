/**
 * What can be known of a node, in sections. A collector yields the sections that it could read; a field that could not be
 * read is absent, never null, empty or guessed. Lists that come in several sections of one inspection are parts of one list.
 * Sizes are KiB, times ISO 8601 in UTC, MAC addresses `00:11:22:aa:bb:cc`. Names follow CIM, SMBIOS and the MIBs.
 */
import { z } from 'zod';

const text = z.string();
const count = z.number().int().nonnegative();

export const identity = z.object({
  serial: text.optional().describe('Serial number of the chassis or product'),
  vendor: text.optional().describe('Who gave that serial number; serials of different vendors may be equal'),
  uuid: text.optional().describe('SMBIOS system UUID, lower case'),
  machineId: text.optional().describe('systemd machine-id, or the platform’s equal (hostid, MachineGuid)'),
  macs: z.array(text).optional().describe('Burnt-in MAC addresses of the physical interfaces'),
  hostKeys: z.array(text).optional().describe('SSH host-key fingerprints, SHA256:… as OpenSSH prints them'),
  engineId: text.optional().describe('SNMP engine ID, hexadecimal (RFC 3411)'),
  cloudId: text.optional().describe('Resource id given by the cloud'),
});

export const os = z.object({
  hostname: text.optional(),
  fqdn: text.optional(),
  family: text.optional().describe('Linux, Windows, FreeBSD, Darwin, IOS, Junos…'),
  name: text.optional().describe('Distribution or product: Debian GNU/Linux'),
  id: text.optional().describe('ID of os-release: debian'),
  version: text.optional(),
  build: text.optional(),
  edition: text.optional(),
  architecture: text.optional(),
  kernel: z.object({ name: text.optional(), release: text.optional(), version: text.optional() }).optional(),
  bootTime: text.optional(),
  timezone: text.optional(),
  description: text.optional().describe('The system’s own description, such as sysDescr'),
  contact: text.optional(),
  location: text.optional(),
});

export const hardware = z.object({
  bios: z.object({ vendor: text.optional(), version: text.optional(), date: text.optional() }).optional(),
  board: z
    .object({ vendor: text.optional(), model: text.optional(), version: text.optional(), serial: text.optional() })
    .optional(),
  product: z
    .object({
      vendor: text.optional(),
      name: text.optional(),
      model: text.optional().describe('SKU or model number'),
      version: text.optional(),
      serial: text.optional(),
      firmware: text.optional(),
    })
    .optional(),
  cpu: z
    .object({
      sockets: count.optional(),
      cores: count.optional(),
      threads: count.optional().describe('Logical processors'),
      packages: z
        .array(z.object({ model: text.optional(), clockMHz: z.number().optional(), cores: count.optional() }))
        .optional()
        .describe('One entry a socket'),
    })
    .optional(),
  memory: z.object({ totalKiB: count.optional() }).optional(),
  storage: z
    .object({
      totalKiB: count.optional().describe('Sum of the drives'),
      drives: z
        .array(
          z.object({
            name: text,
            sizeKiB: count.optional(),
            model: text.optional(),
            serial: text.optional(),
            kind: z.enum(['disk', 'ssd', 'nvme', 'virtual', 'other']).optional(),
          }),
        )
        .optional(),
      filesystems: z
        .array(z.object({ mount: text, type: text.optional(), sizeKiB: count.optional(), usedKiB: count.optional() }))
        .optional(),
    })
    .optional(),
  virtualization: text
    .optional()
    .describe('Hypervisor or container kind this runs in; `none` when known to be physical'),
});

export const neighbour = z.object({
  address: text,
  mac: text.optional(),
  interface: text.optional(),
  /** Where it was read. */
  source: z.enum(['arp', 'nd', 'route', 'gateway', 'interface', 'lldp', 'cdp']),
});

export const networkInterface = z.object({
  name: text,
  index: count.optional(),
  alias: text.optional().describe('What the administrator calls it: ifAlias'),
  type: text.optional().describe('ethernet, loopback, bridge, vlan, tunnel…; IANAifType’s names'),
  mac: text.optional(),
  mtu: count.optional(),
  speedMbps: z.number().nonnegative().optional(),
  admin: z.enum(['up', 'down']).optional(),
  link: z.enum(['up', 'down']).optional(),
  addresses: z.array(z.object({ address: text, prefix: count.optional() })).optional(),
});

export const network = z.object({
  interfaces: z.array(networkInterface).optional(),
  gateways: z.array(z.object({ address: text, interface: text.optional() })).optional(),
  routes: z
    .array(z.object({ destination: text, gateway: text.optional(), interface: text.optional() }))
    .optional()
    .describe('destination is a network in CIDR form'),
  neighbours: z.array(neighbour).optional(),
  dns: z.array(text).optional(),
});

export const software = z.object({
  packages: z
    .array(
      z.object({
        name: text,
        version: text.optional(),
        arch: text.optional(),
        source: text.optional().describe('dpkg, rpm, apk, pacman, hrSWInstalled…'),
      }),
    )
    .optional(),
  updates: z.array(z.object({ id: text, title: text.optional(), installedAt: text.optional() })).optional(),
});

export const networkDevice = z.object({
  objectId: text.optional().describe('sysObjectID'),
  forwarding: z.boolean().optional().describe('ipForwarding: this device routes'),
  components: z
    .array(
      z.object({
        index: count.optional(),
        class: text.optional().describe('PhysicalClass of ENTITY-MIB: chassis, module, port, powerSupply…'),
        name: text.optional(),
        description: text.optional(),
        vendor: text.optional(),
        model: text.optional(),
        serial: text.optional(),
        hardware: text.optional(),
        firmware: text.optional(),
        software: text.optional(),
      }),
    )
    .optional(),
});

/** The sections with a schema of this project; an in-house plug-in adds `x.<plug-in>` with its own. */
export const sectionSchemas = { identity, os, hardware, network, software, networkDevice } as const;

export type SectionName = keyof typeof sectionSchemas;
export type SectionData = { [N in SectionName]: z.infer<(typeof sectionSchemas)[N]> };
export type Neighbour = z.infer<typeof neighbour>;
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
