/** SMBIOS and what is like it, from whichever source this system has. */
import { filledIn, type Missing } from 'ksocket/plugin';
import { type Dmi, dmidecode, dmiFiles, ioreg, kenv } from '../parse/dmi.js';
import { fileLines, given, keyValues } from '../parse/text.js';
import { isContainer, virtualization } from '../parse/virtualization.js';
import { answered, type Parts, textOf } from './answers.js';

export interface Firmware {
  readonly dmi: Dmi;
  readonly unreadable: readonly string[];
  readonly virtualization: string | undefined;
}

export function firmwareOf(parts: Parts): Firmware {
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
  // A jail of FreeBSD is shown its host’s kenv.
  const jailed = keyValues(textOf(parts, 'sysctl')).get('security.jail.jailed') === '1';
  const kind = jailed ? 'jail' : virtualization(detected, merged);
  // A container sees the SMBIOS of the machine it runs on, and would be taken for it.
  if (!isContainer(kind)) {
    return { dmi: merged, unreadable: unreadable.filter((field) => !merged.has(field)), virtualization: kind };
  }
  for (const field of ownNumbers) merged.delete(field);
  return { dmi: merged, unreadable: [], virtualization: kind };
}

/** What tells one machine from another of the same make. */
const ownNumbers = ['product_serial', 'product_uuid', 'board_serial', 'chassis_serial'];

export function deviceTree(parts: Parts): { model?: string | undefined; serial?: string | undefined } {
  const files = fileLines(textOf(parts, 'device-tree'));
  return { model: given(files.get('model')?.[0]), serial: filledIn(files.get('serial-number')?.[0]) };
}

/** The fields behind files that only root may read. */
export function needingRoot(unreadable: readonly string[], fields: Record<string, string>): Missing[] {
  return unreadable.flatMap((file) => {
    const field = fields[file];
    const reason = `only root may read /sys/class/dmi/id/${file}; sudo = true permits sudo -n dmidecode`;
    return field === undefined ? [] : [{ field, state: 'needs-privilege' as const, reason }];
  });
}
