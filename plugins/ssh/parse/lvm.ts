/** Volume groups of LVM as pvs(8) and lvs(8) print them with `--noheadings --nosuffix --units k --separator '|'`. */
import type { VolumeGroup } from './block-tree.js';
import { linesOf, present } from './text.js';

/** `20967424.00` KiB. */
function sizeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d{1,3})?$/.test(text) ? Math.floor(Number(text)) : undefined;
}

/** `pvs` says `vg|/dev/sda2|size|free`, with an empty group for a volume that is in none; `lvs` says `vg|root|size`. */
export function volumeGroups(pvs: string, lvs: string): VolumeGroup[] {
  const groups = new Map<string, VolumeGroup & { physicalVolumes: string[]; logicalVolumes: { name: string }[] }>();
  for (const line of linesOf(pvs)) {
    const [name = '', device, size, free] = line.trim().split('|');
    if (name === '' || device === undefined) continue;
    const group = groups.get(name) ?? {
      name,
      ...present({ sizeKiB: sizeOf(size), freeKiB: sizeOf(free) }),
      physicalVolumes: [],
      logicalVolumes: [],
    };
    groups.set(name, group);
    group.physicalVolumes.push(device);
  }
  for (const line of linesOf(lvs)) {
    const [name = '', volume = '', size] = line.trim().split('|');
    if (volume !== '') groups.get(name)?.logicalVolumes.push({ name: volume, ...present({ sizeKiB: sizeOf(size) }) });
  }
  return [...groups.values()];
}
