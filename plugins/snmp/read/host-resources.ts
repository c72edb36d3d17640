/** HOST-RESOURCES-MIB (RFC 2790): processors, disks, file systems and installed software of hosts. */
import type { SectionData } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { Table, type TableEnd } from '../table.js';
import { count, integer, oidValue, text } from '../value.js';
import type { Read } from './addresses.js';
import { only } from './system.js';

const hrStorageType = '1.3.6.1.2.1.25.2.3.1.2';
const hrStorageDescr = '1.3.6.1.2.1.25.2.3.1.3';
const hrStorageAllocationUnits = '1.3.6.1.2.1.25.2.3.1.4';
const hrStorageSize = '1.3.6.1.2.1.25.2.3.1.5';
const hrStorageUsed = '1.3.6.1.2.1.25.2.3.1.6';
const hrStorageFixedDisk = '1.3.6.1.2.1.25.2.1.4';
const hrDeviceType = '1.3.6.1.2.1.25.3.2.1.2';
const hrProcessorFrwID = '1.3.6.1.2.1.25.3.3.1.1';
const hrDeviceProcessor = '1.3.6.1.2.1.25.3.1.3';
const hrSWInstalledName = '1.3.6.1.2.1.25.6.3.1.2';

/** Hosts with very many containers list some thousand mounts. */
const mostStorages = 5000;
const mostDevices = 5000;
const mostPackages = 50_000;

export type Filesystem = NonNullable<NonNullable<SectionData['hardware']['storage']>['filesystems']>[number];
export type Package = NonNullable<SectionData['software']['packages']>[number];

/** The fixed disks of hrStorageTable. @throws Failure when the agent is gone */
export async function readFilesystems(agent: Agent): Promise<Read<Filesystem>> {
  const columns = [hrStorageType, hrStorageDescr, hrStorageAllocationUnits, hrStorageSize, hrStorageUsed];
  const table = new Table(agent, columns, mostStorages);
  const items: Filesystem[] = [];
  for await (const { cells } of table.rows()) {
    const [type, descr, units, size, used] = cells;
    const mount = mountOf(text(descr));
    if (oidValue(type) !== hrStorageFixedDisk || mount === undefined) continue;
    const kib = (blocks: number | undefined) => sizeKiB(blocks, count(units));
    items.push({ mount, ...only('sizeKiB', kib(integer(size))), ...only('usedKiB', kib(integer(used))) });
  }
  return { items, end: table.end };
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

/** The number of logical processors. @throws Failure when the agent is gone */
export async function readProcessors(agent: Agent): Promise<{ threads: number; end: TableEnd }> {
  const table = new Table(agent, [hrDeviceType, hrProcessorFrwID], mostDevices);
  let devices = 0;
  let processors = 0;
  for await (const { cells } of table.rows()) {
    if (oidValue(cells[0]) === hrDeviceProcessor) devices++;
    if (cells[1] !== undefined) processors++;
  }
  // hrProcessorTable augments hrDeviceTable; an agent that has only one of them has it right.
  return { threads: Math.max(devices, processors), end: table.end };
}

export class InstalledSoftware {
  readonly #table: Table;

  constructor(
    agent: Agent,
    private readonly family: string | undefined,
  ) {
    this.#table = new Table(agent, [hrSWInstalledName], mostPackages);
  }

  get end(): TableEnd {
    return this.#table.end;
  }

  /** @throws Failure when the agent is gone */
  async *rows(): AsyncGenerator<Package> {
    for await (const { cells } of this.#table.rows()) {
      const name = text(cells[0]);
      if (name !== undefined) yield { ...nameAndVersion(name, this.family), source: 'hrSWInstalled' };
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
