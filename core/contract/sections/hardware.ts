/** The machine, real or virtual. */
import { z } from 'zod';
import { count, measured, text } from './values.js';

/** What a thing is for; a device may be several (a firewall that is an access point). */
export const deviceType = z.enum([
  'router',
  'switch',
  'firewall',
  'load-balancer',
  'access-point',
  'wireless-controller',
  'server',
  'workstation',
  'hypervisor',
  'management-controller',
  'storage',
  'printer',
  'ups',
  'pdu',
  'camera',
  'phone',
  'console-server',
  'environment-sensor',
  'media-converter',
]);

const drive = z.object({
  name: text,
  sizeKiB: count.optional(),
  model: text.optional(),
  serial: text.optional(),
  firmware: text.optional(),
  kind: z.enum(['disk', 'ssd', 'nvme', 'virtual', 'other']).optional(),
});

const partition = z.object({
  name: text,
  drive: text.optional().describe('Name of the drive that it is on'),
  sizeKiB: count.optional(),
  type: text.optional().describe('Name of the partition type: EFI System, Linux filesystem'),
  filesystem: text.optional().describe('What is in it: ext4, crypto_LUKS, LVM2_member'),
  uuid: text.optional(),
});

const filesystem = z.object({
  mount: text,
  device: text.optional(),
  type: text.optional(),
  sizeKiB: count.optional(),
  usedKiB: measured(count.optional()),
});

const volumeGroup = z
  .object({
    name: text,
    sizeKiB: count.optional(),
    freeKiB: measured(count.optional()),
    physicalVolumes: z.array(text).optional(),
    logicalVolumes: z.array(z.object({ name: text, sizeKiB: count.optional() })).optional(),
  })
  .describe('A volume group of LVM, of AIX or HP-UX, or a pool of ZFS');

const array = z
  .object({
    name: text,
    level: text.optional().describe('raid1, raid6, mirror, raidz2…'),
    state: text.optional().describe('In the words of the system: active, clean, degraded, ONLINE'),
    degraded: z.boolean().optional(),
    sizeKiB: count.optional(),
    members: z.array(text).optional(),
  })
  .describe('A RAID array, of software or of a controller');

const memoryModule = z.object({
  locator: text.optional().describe('Where it sits: DIMM_A1'),
  sizeKiB: count.optional(),
  type: text.optional().describe('DDR4, DDR5…'),
  speedMTs: count.optional(),
  vendor: text.optional(),
  part: text.optional(),
  serial: text.optional(),
});

const powerSupply = z.object({
  name: text.optional(),
  vendor: text.optional(),
  model: text.optional(),
  serial: text.optional(),
  state: text.optional(),
  maxWatts: count.optional(),
});

export const hardware = z.object({
  deviceTypes: z.array(deviceType).optional().describe('What it is for, the first one most of all'),
  bios: z.object({ vendor: text.optional(), version: text.optional(), date: text.optional() }).optional(),
  board: z
    .object({ vendor: text.optional(), model: text.optional(), version: text.optional(), serial: text.optional() })
    .optional(),
  chassis: z
    .object({
      type: text.optional().describe('SMBIOS 7.4.1: Rack Mount Chassis, Notebook…'),
      vendor: text.optional(),
      serial: text.optional(),
      assetTag: text.optional(),
    })
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
  memory: z
    .object({ totalKiB: count.optional(), swapKiB: count.optional(), modules: z.array(memoryModule).optional() })
    .optional(),
  storage: z
    .object({
      totalKiB: count.optional().describe('Sum of the drives'),
      drives: z.array(drive).optional(),
      partitions: z.array(partition).optional(),
      filesystems: z.array(filesystem).optional(),
      volumeGroups: z.array(volumeGroup).optional(),
      arrays: z.array(array).optional(),
      controllers: z
        .array(z.object({ vendor: text.optional(), model: text }))
        .optional()
        .describe('RAID and SAS controllers'),
    })
    .optional(),
  gpus: z.array(z.object({ vendor: text.optional(), model: text })).optional(),
  powerSupplies: z.array(powerSupply).optional(),
  virtualization: text
    .optional()
    .describe('Hypervisor or container kind this runs in; `none` when known to be physical'),
});
