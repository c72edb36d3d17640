/** HOST-RESOURCES-MIB (RFC 2790): processors, memory, disks, file systems and installed software of hosts. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { enumerated } from '../tables.js';
import { count, dateTime, integer, oidValue, text } from '../value.js';
import { Columns, readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const hrStorageEntry = '1.3.6.1.2.1.25.2.3.1';
export const hrFSEntry = '1.3.6.1.2.1.25.3.8.1';
export const hrDeviceEntry = '1.3.6.1.2.1.25.3.2.1';
export const hrSWInstalledEntry = '1.3.6.1.2.1.25.6.3.1';
const hrStorageRam = '1.3.6.1.2.1.25.2.1.2';
const hrStorageVirtualMemory = '1.3.6.1.2.1.25.2.1.3';
const hrStorageFixedDisk = '1.3.6.1.2.1.25.2.1.4';
const hrFSTypes = '1.3.6.1.2.1.25.3.9';
const hrProcessorFrwID = '1.3.6.1.2.1.25.3.3.1.1';
const hrDeviceProcessor = '1.3.6.1.2.1.25.3.1.3';
const hrDevicePrinter = '1.3.6.1.2.1.25.3.1.5';
const hrDeviceDiskStorage = '1.3.6.1.2.1.25.3.1.6';
const hrDiskStorageMedia = '1.3.6.1.2.1.25.3.6.1.2';
const hrDiskStorageRemoveble = '1.3.6.1.2.1.25.3.6.1.3';
const hrDiskStorageCapacity = '1.3.6.1.2.1.25.3.6.1.4';

/** Hosts with very many containers list some thousand mounts. */
const mostStorages = 5000;
const mostDevices = 5000;
const mostPackages = 50_000;
/** Processors of one machine are of one kind, or two (performance and efficiency cores). */
const mostProcessorKinds = 8;

export type Filesystem = NonNullable<NonNullable<SectionData['hardware']['storage']>['filesystems']>[number];
export type Drive = NonNullable<NonNullable<SectionData['hardware']['storage']>['drives']>[number];
export type Package = NonNullable<SectionData['software']['packages']>[number];

/** Rows of hrStorageTable: where data is kept, be it a disk or memory. */
export interface Storages {
  readonly filesystems: readonly Filesystem[];
  readonly ramKiB: number | undefined;
  readonly swapKiB: number | undefined;
  readonly end: TableEnd;
}

/** hrStorageTable, with the types of hrFSTable. @throws Failure when the agent is gone */
export async function readStorages(source: Source): Promise<Storages> {
  const types = await readFilesystemTypes(source);
  const columns = { type: 2, descr: 3, units: 4, size: 5, used: 6 };
  let ramKiB: number | undefined;
  let swapKiB: number | undefined;
  const { items, end } = await readColumns(
    source,
    { entry: hrStorageEntry, columns, limit: mostStorages },
    ({ index: [index], cells }): Filesystem | undefined => {
      const kib = (blocks: number | undefined) => sizeKiB(blocks, count(cells.units));
      const descr = text(cells.descr);
      const type = oidValue(cells.type);
      const size = kib(integer(cells.size));
      const used = kib(integer(cells.used));
      if (type === hrStorageRam && size) ramKiB = Math.max(ramKiB ?? 0, isPartOfMemory(descr) ? 0 : size);
      // Net-SNMP's "Virtual memory" is memory and swap together, and "Swap space" the swap alone.
      if (type === hrStorageVirtualMemory && size && descr !== undefined && /^swap/i.test(descr)) swapKiB = size;
      const mount = mountOf(descr);
      if (type !== hrStorageFixedDisk || mount === undefined) return undefined;
      return {
        mount,
        ...only('type', types.get(index!)),
        // More than 2^32 blocks do not fit into the object, which shows where more is used than there is.
        ...only('sizeKiB', size !== undefined && used !== undefined && used > size ? undefined : size),
        ...only('usedKiB', used),
      };
    },
  );
  return { filesystems: items, ramKiB: ramKiB || undefined, swapKiB, end };
}

/** Buffers and caches are rows of the same type as the memory that they lie in. */
function isPartOfMemory(descr: string | undefined): boolean {
  return descr !== undefined && /buffer|cache|shared|mbuf|malloc|dram:/i.test(descr);
}

/** The name of each file system's type, by its row in hrStorageTable. */
async function readFilesystemTypes(source: Source): Promise<ReadonlyMap<number, string>> {
  const { items } = await readColumns(
    source,
    { entry: hrFSEntry, columns: { type: 4, storage: 7 }, limit: mostStorages },
    ({ cells }) => {
      const storage = count(cells.storage);
      const oid = oidValue(cells.type);
      const name = oid?.startsWith(`${hrFSTypes}.`)
        ? enumerated('hrFSTypes', Number(oid.slice(hrFSTypes.length + 1)))
        : undefined;
      return storage && name !== undefined ? ([storage, name] as const) : undefined;
    },
  );
  return new Map(items);
}

/** Windows appends label and serial number of the volume: `C:\ Label:System  Serial Number 3c0e1f2a`. */
function mountOf(descr: string | undefined): string | undefined {
  const label = descr?.indexOf(' Label:') ?? -1;
  return label > 0 ? descr?.slice(0, label) : descr;
}

/** The counts are Integer32, so agents of large volumes let them run into the negative: they are meant unsigned. */
function sizeKiB(blocks: number | undefined, units: number | undefined): number | undefined {
  return blocks === undefined || !units ? undefined : Math.floor(((blocks >>> 0) * units) / 1024);
}

export interface Devices {
  /** Logical processors. */
  readonly threads: number;
  /** What the processors say that they are, each text once. */
  readonly processors: readonly string[];
  /** What the first printer says that it is. */
  readonly printer: string | undefined;
  readonly drives: readonly Drive[];
  readonly end: TableEnd;
}

/** hrDeviceTable with its tables of processors and disks. @throws Failure when the agent is gone */
export async function readDevices(source: Source): Promise<Devices> {
  let devices = 0;
  let firmware = 0;
  const processors = new Set<string>();
  const drives: Drive[] = [];
  let printer: string | undefined;
  const columns = new Columns(source, {
    entry: hrDeviceEntry,
    columns: {
      type: 2,
      descr: 3,
      processor: hrProcessorFrwID,
      media: hrDiskStorageMedia,
      removable: hrDiskStorageRemoveble,
      capacity: hrDiskStorageCapacity,
    },
    limit: mostDevices,
  });
  for await (const { cells } of columns.rows()) {
    const type = oidValue(cells.type);
    const descr = text(cells.descr);
    if (type === hrDeviceProcessor) {
      devices++;
      // Windows says "Intel", which is no model.
      if (descr !== undefined && /\d/.test(descr) && processors.size < mostProcessorKinds)
        processors.add(processorName(descr));
    }
    if (cells.processor !== undefined) firmware++;
    if (type === hrDevicePrinter) printer ??= descr;
    const kind = enumerated('hrDiskStorageMedia', integer(cells.media));
    const size = count(cells.capacity);
    // TruthValue: true(1) for removable ones; a size of 0 is an empty bay.
    if (
      type === hrDeviceDiskStorage &&
      descr !== undefined &&
      kind !== undefined &&
      size &&
      integer(cells.removable) !== 1
    )
      drives.push({ name: descr, sizeKiB: size, ...(kind === 'disk' ? {} : { kind: kind as 'virtual' | 'other' }) });
  }
  // hrProcessorTable augments hrDeviceTable; an agent that has only one of them has it right.
  return { threads: Math.max(devices, firmware), processors: [...processors], printer, drives, end: columns.end };
}

/** Net-SNMP puts the maker before the name: `GenuineIntel: Intel(R) Xeon(R) CPU E5-2640 v2 @ 2.00GHz`. */
function processorName(descr: string): string {
  const [maker, name] = descr.split(': ', 2);
  return name !== undefined && /^[A-Za-z]{1,20}$/.test(maker!) ? name.replace(/\s+/g, ' ').trim() : descr;
}

export class InstalledSoftware {
  readonly #columns: Columns<'name' | 'date'>;

  constructor(
    source: Source,
    private readonly family: string | undefined,
  ) {
    this.#columns = new Columns(source, {
      entry: hrSWInstalledEntry,
      columns: { name: 2, date: 5 },
      limit: mostPackages,
      mostMilliseconds: 30_000,
    });
  }

  get end(): TableEnd {
    return this.#columns.end;
  }

  /** @throws Failure when the agent is gone */
  async *rows(): AsyncGenerator<Package> {
    for await (const { cells } of this.#columns.rows()) {
      const name = text(cells.name);
      if (name === undefined) continue;
      yield {
        ...nameAndVersion(name, this.family),
        ...only('installedAt', dateTime(cells.date)),
        source: 'hrSWInstalled',
      };
    }
  }
}

/** Families whose packages are dpkg’s or rpm’s. */
const linuxes = new Set(['Linux', 'Vyatta', 'VyOS', 'EdgeOS']);

/**
 * The agents of Linux write the package manager’s own name: dpkg’s `name_version_arch`, where no part can hold an
 * underscore, and rpm’s `name-version-release`, where the last two cannot hold a hyphen. Elsewhere the text is a title.
 */
export function nameAndVersion(text: string, family: string | undefined): Omit<Package, 'source'> {
  if (!linuxes.has(family ?? '') || /\s/.test(text)) return { name: text };
  const [name, version, arch, ...more] = text.split('_');
  if (name && version && arch && more.length === 0 && /^[a-z0-9-]+$/.test(arch)) return { name, version, arch };
  const parts = text.split('-');
  const release = parts.at(-1) ?? '';
  const number = parts.at(-2) ?? '';
  if (parts.length < 3 || !/^\d/.test(number) || !/\d/.test(release)) return { name: text };
  return { name: parts.slice(0, -2).join('-'), version: `${number}-${release}` };
}
