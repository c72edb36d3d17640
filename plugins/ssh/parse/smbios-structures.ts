/** Memory modules and power supplies: SMBIOS types 17 and 39 as dmidecode(8) prints them, and type 17 as udev keeps it for everybody. */
import { filledIn, type SectionData } from 'ksocket/plugin';
import { linesOf, present, wholeNumber } from './text.js';

type Hardware = SectionData['hardware'];
export type MemoryModule = NonNullable<NonNullable<Hardware['memory']>['modules']>[number];
export type PowerSupply = NonNullable<Hardware['powerSupplies']>[number];

/** A machine of 24 TB has 192 slots. */
const maxStructures = 1024;

/** The indented `Label: value` lines below each line that is `title`. */
export function structures(text: string, title: string): Map<string, string>[] {
  const found: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  for (const line of linesOf(text)) {
    if (!/^[ \t]/.test(line)) {
      current = line.trim() === title && found.length < maxStructures ? new Map() : undefined;
      if (current) found.push(current);
      continue;
    }
    const at = line.indexOf(':');
    if (at > 0) current?.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return found;
}

/** `16384 MB`, `16 GB`; `No Module Installed` and `Unknown` are none. */
function sizeKiB(text: string | undefined): number | undefined {
  const match = /^(\d{1,9}) (kB|MB|GB|TB)$/.exec(text ?? '');
  if (match === null) return undefined;
  return Number(match[1]) * { kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 }[match[2] as 'kB'];
}

/** `3200 MT/s`; dmidecode before 3.1 wrote MHz and meant the same. */
function speed(text: string | undefined): number | undefined {
  return wholeNumber(/^(\d{1,6}) (?:MT\/s|MHz)$/.exec(text ?? '')?.[1]);
}

/** `Unknown` and `<OUT OF SPEC>` name no kind of memory. */
function kind(text: string | undefined): string | undefined {
  const value = filledIn(text);
  return value === undefined || value.startsWith('<') || value === 'Other' ? undefined : value;
}

export function memoryModules(dmidecode: string): MemoryModule[] {
  return structures(dmidecode, 'Memory Device').flatMap((it) => {
    const size = sizeKiB(it.get('Size'));
    if (size === undefined) return [];
    return [
      {
        ...present({
          locator: filledIn(it.get('Locator')),
          sizeKiB: size,
          type: kind(it.get('Type')),
          speedMTs: speed(it.get('Speed')),
          vendor: filledIn(it.get('Manufacturer')),
          part: filledIn(it.get('Part Number')),
          serial: filledIn(it.get('Serial Number')),
        }),
      },
    ];
  });
}

/** `MEMORY_DEVICE_0_SIZE=17179869184` of systemd’s dmi_memory_id (since 248), in lines of `grep -H` over the udev database; the size is bytes. */
export function udevMemoryModules(text: string): MemoryModule[] {
  const slots = new Map<string, Map<string, string>>();
  for (const line of linesOf(text)) {
    const match = /^\/run\/udev\/data\/\+dmi:id:E:MEMORY_DEVICE_(\d{1,4})_([A-Z_]{1,40})=(.*)$/.exec(line);
    if (match === null) continue;
    const [, slot = '', name = '', value = ''] = match;
    const values = slots.get(slot) ?? new Map<string, string>();
    slots.set(slot, values.set(name, value));
  }
  return [...slots.values()].flatMap((it) => {
    const bytes = wholeNumber(it.get('SIZE'));
    if (bytes === undefined || it.get('PRESENT') === '0') return [];
    return [
      {
        ...present({
          locator: filledIn(it.get('LOCATOR')),
          sizeKiB: Math.floor(bytes / 1024),
          type: kind(it.get('TYPE')),
          speedMTs: wholeNumber(it.get('SPEED_MTS')),
          vendor: filledIn(it.get('MANUFACTURER')),
          part: filledIn(it.get('PART_NUMBER')),
          serial: filledIn(it.get('SERIAL_NUMBER')),
        }),
      },
    ];
  });
}

/** Type 39; an empty bay says `Not Present` or nothing but placeholders. */
export function powerSupplies(dmidecode: string): PowerSupply[] {
  return structures(dmidecode, 'System Power Supply').flatMap((it) => {
    const state = filledIn(it.get('Status'));
    if (state?.startsWith('Not Present')) return [];
    const supply = present({
      name: filledIn(it.get('Name')) ?? filledIn(it.get('Location')),
      vendor: filledIn(it.get('Manufacturer')),
      model: filledIn(it.get('Model Part Number')),
      serial: filledIn(it.get('Serial Number')),
      maxWatts: wholeNumber(/^(\d{1,6}) W$/.exec(it.get('Max Power Capacity') ?? '')?.[1]),
    });
    return supply === undefined ? [] : [{ ...supply, ...present({ state }) }];
  });
}
