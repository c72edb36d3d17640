/** The hardware section. */
import { type Section, section } from 'ksocket/plugin';
import { cpu } from '../parse/cpu.js';
import { drives } from '../parse/drives.js';
import { filesystems } from '../parse/filesystems.js';
import { given, keyValues, present, wholeNumber } from '../parse/text.js';
import { isContainer } from '../parse/virtualization.js';
import type { Answers } from '../run.js';
import { answered, cutShort, type Parts, stateOf, textOf } from './answers.js';
import { deviceTree, firmwareOf, needingRoot } from './firmware.js';

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
