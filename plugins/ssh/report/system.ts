/** The sections os, identity and hardware. */
import { type Missing, type Section, section } from 'ksocket/plugin';
import { cpu } from '../parse/cpu.js';
import { type Dmi, dmidecode, dmiFiles, dmiText, ioreg, kenv } from '../parse/dmi.js';
import { drives } from '../parse/drives.js';
import { filesystems } from '../parse/filesystems.js';
import { physicalMacs } from '../parse/interfaces.js';
import { bootTime, distribution, fqdn, kernel, machineId, swVers, timezone } from '../parse/os.js';
import { fileLines, given, keyValues, present, wholeNumber } from '../parse/text.js';
import { isContainer, virtualization } from '../parse/virtualization.js';
import type { Answers } from '../run.js';
import { answered, cutShort, type Parts, stateOf, textOf } from './answers.js';

export function osSection({ parts }: Answers): Section<'os'> {
  const release = textOf(parts, 'release');
  const boot = answered(parts, 'boot') ?? keyValues(textOf(parts, 'sysctl')).get('kern.boottime') ?? '';
  return section('os', {
    ...kernel(textOf(parts, 'kernel')),
    ...distribution(release),
    ...(parts.has('sw-vers') && swVers(textOf(parts, 'sw-vers'))),
    ...present({
      fqdn: fqdn(textOf(parts, 'fqdn')),
      bootTime: bootTime(boot),
      timezone: timezone(textOf(parts, 'zone'), release),
    }),
  });
}

/** SMBIOS and what is like it, from whichever source this system has. */
interface Firmware {
  readonly dmi: Dmi;
  readonly unreadable: readonly string[];
  readonly virtualization: string | undefined;
}

function firmwareOf(parts: Parts): Firmware {
  const { dmi, unreadable } = dmiFiles(textOf(parts, 'dmi'));
  const tool = dmidecode(textOf(parts, 'dmidecode'));
  const bsd = kenv(textOf(parts, 'kenv'));
  const apple = ioreg(textOf(parts, 'ioreg'));
  // Files first: they are what the kernel has understood.
  const merged = new Map([...apple, ...bsd, ...tool, ...dmi]);
  const detected = {
    detected: answered(parts, 'detect-virt'),
    marks: textOf(parts, 'marks'),
    cpu: textOf(parts, 'cpu'),
  };
  const kind = virtualization(detected, merged);
  // A container sees the SMBIOS of the machine it runs on, and would be taken for it.
  if (!isContainer(kind)) {
    return { dmi: merged, unreadable: unreadable.filter((field) => !merged.has(field)), virtualization: kind };
  }
  for (const field of ownNumbers) merged.delete(field);
  return { dmi: merged, unreadable: [], virtualization: kind };
}

/** What tells one machine from another of the same make. */
const ownNumbers = ['product_serial', 'product_uuid', 'board_serial', 'chassis_serial'];

function deviceTree(parts: Parts): { model?: string | undefined; serial?: string | undefined } {
  const files = fileLines(textOf(parts, 'device-tree'));
  return { model: given(files.get('model')?.[0]), serial: dmiText(files.get('serial-number')?.[0]) };
}

export function identitySection({ parts }: Answers, hostKeys: readonly string[]): Section<'identity'> {
  const { dmi, unreadable, virtualization } = firmwareOf(parts);
  const serial = dmi.get('product_serial') ?? (isContainer(virtualization) ? undefined : deviceTree(parts).serial);
  const macs = physicalMacs({ sys: answered(parts, 'net-sys'), link: answered(parts, 'ip-link'), address: undefined });
  const hostUuid = keyValues(textOf(parts, 'sysctl')).get('kern.hostuuid');
  return section(
    'identity',
    present({
      serial,
      vendor: serial === undefined ? undefined : dmi.get('sys_vendor'),
      uuid: dmi.get('product_uuid'),
      machineId: machineId(textOf(parts, 'release')) ?? given(hostUuid),
      macs: macs.length > 0 ? macs : undefined,
      hostKeys: hostKeys.length > 0 ? [...hostKeys].sort() : undefined,
    }) ?? {},
    { missing: needingRoot(unreadable, { product_serial: 'serial', product_uuid: 'uuid' }) },
  );
}

function needingRoot(unreadable: readonly string[], fields: Record<string, string>): Missing[] {
  return unreadable.flatMap((file) => {
    const field = fields[file];
    const reason = `only root may read /sys/class/dmi/id/${file}; sudo = true permits sudo -n dmidecode`;
    return field === undefined ? [] : [{ field, state: 'needs-privilege' as const, reason }];
  });
}

export function hardwareSection(answers: Answers): Section<'hardware'> {
  const { parts } = answers;
  const { dmi, unreadable, virtualization } = firmwareOf(parts);
  const board = deviceTree(parts);
  const field = (name: string) => dmi.get(name);
  const disks = drives(textOf(parts, 'block'), textOf(parts, 'lsblk'));
  const readDisks = answered(parts, 'block') !== undefined;
  const mounts = answered(parts, 'df');
  const sysctl = keyValues(textOf(parts, 'sysctl'));
  const missing = [
    ...needingRoot(unreadable, { product_serial: 'product.serial', board_serial: 'board.serial' }),
    ...cutShort(answers, { 'storage.filesystems': ['df'], 'storage.drives': ['lsblk'] }),
  ];
  const onLinux = parts.has('cpu') || parts.has('memory');
  if (!onLinux && answers.ending === 'ok') missing.push({ field: 'storage', state: 'unsupported' });
  else if (mounts === undefined && !missing.some((it) => it.field === 'storage.filesystems')) {
    missing.push({ field: 'storage.filesystems', state: stateOf(answers, 'df') });
  }
  const data = present({
    bios: present({ vendor: field('bios_vendor'), version: field('bios_version'), date: field('bios_date') }),
    board: present({
      vendor: field('board_vendor'),
      model: field('board_name'),
      version: field('board_version'),
      serial: field('board_serial'),
    }),
    product: present({
      vendor: field('sys_vendor'),
      name: field('product_name') ?? board.model,
      model: field('product_sku'),
      version: field('product_version'),
      serial: field('product_serial') ?? (isContainer(virtualization) ? undefined : board.serial),
    }),
    cpu: parts.has('cpu') ? linuxCpu(parts) : bsdCpu(sysctl),
    memory: present({ totalKiB: memoryOf(parts, sysctl) }),
    storage: present({
      totalKiB: readDisks ? disks.reduce((sum, it) => sum + (it.sizeKiB ?? 0), 0) : undefined,
      drives: readDisks ? disks : undefined,
      filesystems: mounts === undefined ? undefined : filesystems(mounts),
    }),
    virtualization,
  });
  return section('hardware', data ?? {}, { missing });
}

function linuxCpu(parts: Parts) {
  return cpu({
    cpuinfo: textOf(parts, 'cpu'),
    topology: answered(parts, 'lscpu'),
    lscpu: answered(parts, 'lscpu-model'),
  });
}

function bsdCpu(sysctl: ReadonlyMap<string, string>) {
  const threads = wholeNumber(sysctl.get('hw.ncpu'));
  if (threads === undefined) return undefined;
  const model = given(sysctl.get('machdep.cpu.brand_string')) ?? given(sysctl.get('hw.model'));
  const sockets = wholeNumber(sysctl.get('hw.packages'));
  return {
    ...present({ sockets, cores: wholeNumber(sysctl.get('hw.physicalcpu')), threads }),
    ...(model !== undefined && { packages: Array.from({ length: Math.min(sockets ?? 1, 64) }, () => ({ model })) }),
  };
}

/** `MemTotal:  24684088 kB`, which are KiB; the BSDs count bytes. */
function memoryOf(parts: Parts, sysctl: ReadonlyMap<string, string>): number | undefined {
  const linux = /^MemTotal: +(\d{1,15}) kB/.exec(textOf(parts, 'memory'));
  if (linux) return wholeNumber(linux[1]);
  const bytes = wholeNumber(sysctl.get('hw.memsize') ?? sysctl.get('hw.physmem'));
  return bytes === undefined ? undefined : Math.floor(bytes / 1024);
}
