/** The hardware section. */
import { type DeviceType, type Missing, type Section, section } from 'ksocket/plugin';
import { chassisName, deviceTypeOf } from '../parse/chassis.js';
import { cpu } from '../parse/cpu.js';
import { distribution } from '../parse/os.js';
import { pciDevices } from '../parse/pci.js';
import { kernelPowerSupplies } from '../parse/power-supply.js';
import { type GeneralSystem, purposeOf } from '../parse/purpose.js';
import { memoryModules, powerSupplies, udevMemoryModules } from '../parse/smbios-structures.js';
import { given, keyValues, present, wholeNumber } from '../parse/text.js';
import { isContainer } from '../parse/virtualization.js';
import type { Answers } from '../run.js';
import { answered, type Parts, stateOf, textOf } from './answers.js';
import { deviceTree, firmwareOf, needingRoot } from './firmware.js';
import { runsVirtualMachines } from './guests.js';
import { servicesOf } from './services.js';
import { linuxStorage } from './storage.js';

export function hardwareSection(answers: Answers): Section<'hardware'> {
  const { parts } = answers;
  const { dmi, unreadable, virtualization } = firmwareOf(parts);
  const inContainer = isContainer(virtualization);
  const board = deviceTree(parts);
  const field = (name: string) => dmi.get(name);
  const sysctl = keyValues(textOf(parts, 'sysctl'));
  const onLinux = parts.has('cpu') || parts.has('memory');
  // A container sees the machine below it, which is not its own.
  const pci = inContainer ? [] : pciDevices(textOf(parts, 'pci'));
  const storage = onLinux ? linuxStorage(answers, pci) : undefined;
  const modules = inContainer ? undefined : modulesOf(answers);
  const chassis = inContainer ? undefined : chassisName(field('chassis_type'));
  const gpus = pci.filter((it) => it.kind === 'display').map(({ kind: _, ...it }) => it);
  const supplies = inContainer ? [] : suppliesOf(parts);
  const serials = {
    product_serial: 'product.serial',
    board_serial: 'board.serial',
    chassis_serial: 'chassis.serial',
  };
  const missing: Missing[] = [...needingRoot(unreadable, serials), ...(storage?.missing ?? [])];
  if (modules?.state !== undefined)
    missing.push({ field: 'memory.modules', state: modules.state, reason: 'dmidecode' });
  if (!onLinux && answers.ending === 'ok') missing.push({ field: 'storage', state: 'unsupported' });
  const data = present({
    deviceTypes: deviceTypes(answers, virtualization, chassis),
    bios: present({ vendor: field('bios_vendor'), version: field('bios_version'), date: field('bios_date') }),
    board: present({
      vendor: field('board_vendor'),
      model: field('board_name'),
      version: field('board_version'),
      serial: field('board_serial'),
    }),
    chassis: present({
      type: chassis,
      vendor: field('chassis_vendor'),
      serial: field('chassis_serial'),
      assetTag: inContainer ? undefined : field('chassis_asset_tag'),
    }),
    product: present({
      vendor: field('sys_vendor'),
      name: field('product_name') ?? board.model,
      // Dell’s for "none".
      model: field('product_sku')?.startsWith('SKU=NotProvided') ? undefined : field('product_sku'),
      version: field('product_version'),
      serial: field('product_serial') ?? (inContainer ? undefined : board.serial),
    }),
    cpu: parts.has('cpu') ? linuxCpu(parts) : bsdCpu(sysctl),
    memory: present({
      totalKiB: memoryOf(parts, sysctl),
      swapKiB: wholeNumber(/^SwapTotal: +(\d{1,15}) kB/m.exec(textOf(parts, 'memory'))?.[1]),
      modules: modules?.list,
    }),
    storage: storage?.data,
    gpus: gpus.length > 0 ? gpus : undefined,
    powerSupplies: supplies.length > 0 ? supplies : undefined,
    virtualization,
  });
  return section('hardware', data ?? {}, { missing });
}

/** By dmidecode, which knows all; by udev’s database, which everybody may read. */
function modulesOf(answers: Answers) {
  const { parts } = answers;
  const tool = memoryModules(textOf(parts, 'dmidecode'));
  if (tool.length > 0) return { list: tool };
  const udev = udevMemoryModules(textOf(parts, 'dmi'));
  if (udev.length > 0) return { list: udev };
  const state = parts.has('dmidecode') ? stateOf(answers, 'dmidecode') : 'ok';
  return state === 'ok' ? undefined : { list: undefined, state };
}

/** What SMBIOS counts are the supplies of a server; the kernel knows adapters and batteries. */
function suppliesOf(parts: Parts) {
  return [...powerSupplies(textOf(parts, 'dmidecode')), ...kernelPowerSupplies(textOf(parts, 'power'))];
}

/** The chassis of a real machine and the virtual machines on it tell most; else what runs there. */
function deviceTypes(
  answers: Answers,
  virtualization: string | undefined,
  chassis: string | undefined,
): DeviceType[] | undefined {
  const { parts } = answers;
  const box = virtualization === undefined || virtualization === 'none' ? deviceTypeOf(chassis) : undefined;
  const types: DeviceType[] = runsVirtualMachines(parts) ? ['hypervisor'] : [];
  const purpose = box ?? (types.length > 0 ? undefined : purposeOf(generalSystem(answers)));
  if (purpose !== undefined) types.push(purpose);
  return types.length > 0 ? types : undefined;
}

const generalSystem = (answers: Answers): GeneralSystem => ({
  id: distribution(textOf(answers.parts, 'release')).id,
  services: servicesOf(answers).list,
});

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
