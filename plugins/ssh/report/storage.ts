/** What a Linux host stores on: drives, partitions, file systems, volumes, arrays. */
import type { Missing, SectionData } from 'ksocket/plugin';
import {
  activeVolumes,
  blockDevices,
  multipaths,
  partitions,
  type RaidArray,
  sysPartitions,
  type VolumeGroup,
} from '../parse/block-tree.js';
import { drives } from '../parse/drives.js';
import { filesystems } from '../parse/filesystems.js';
import { ssacli, storcli } from '../parse/hardware-raid.js';
import { volumeGroups } from '../parse/lvm.js';
import { mdstat } from '../parse/mdstat.js';
import type { PciDevice } from '../parse/pci.js';
import { btrfs, zfsArrays, zfsPools } from '../parse/pools.js';
import { folderValues, present } from '../parse/text.js';
import type { Answers } from '../run.js';
import { answered, cutShort, stateOf, textOf } from './answers.js';

type Storage = NonNullable<SectionData['hardware']['storage']>;

export interface StorageReport {
  readonly data: Storage | undefined;
  readonly missing: readonly Missing[];
}

export function linuxStorage(answers: Answers, pci: readonly PciDevice[]): StorageReport {
  const { parts } = answers;
  const block = answered(parts, 'block');
  const tree = blockDevices(textOf(parts, 'lsblk'));
  const disks = block === undefined ? undefined : drives(block, textOf(parts, 'lsblk'));
  const parted = tree.some((it) => it.has('TYPE')) ? partitions(tree) : some(sysPartitions(folderValues(block ?? '')));
  const mounts = answered(parts, 'df');
  const volumes = volumesOf(answers, tree);
  const arrays = arraysOf(answers, tree);
  const missing: Missing[] = [
    ...cutShort(answers, { 'storage.filesystems': ['df'], 'storage.drives': ['lsblk'] }),
    ...volumes.missing,
    ...arrays.missing,
  ];
  if (mounts === undefined && !missing.some((it) => it.field === 'storage.filesystems')) {
    missing.push({ field: 'storage.filesystems', state: stateOf(answers, 'df') });
  }
  const controllers = pci.filter((it) => it.kind === 'storage').map(({ kind: _, ...it }) => it);
  const data = present({
    totalKiB: disks?.reduce((sum, it) => sum + (it.sizeKiB ?? 0), 0),
    drives: disks,
    partitions: parted,
    filesystems: mounts === undefined ? undefined : filesystems(mounts),
    volumeGroups: some(volumes.groups),
    arrays: some(arrays.arrays),
    controllers: some(controllers),
  });
  return { data, missing };
}

/** Most hosts have none of these, and a list of nothing says nothing. */
function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function volumesOf(answers: Answers, tree: ReturnType<typeof blockDevices>) {
  const { parts } = answers;
  const missing: Missing[] = [];
  const groups: VolumeGroup[] = [];
  if (parts.get('pvs')?.exit === 0) groups.push(...volumeGroups(textOf(parts, 'pvs'), textOf(parts, 'lvs')));
  else {
    // What is active, everybody sees; what is not, or is no volume yet, only root.
    groups.push(...activeVolumes(tree));
    const state = parts.has('pvs') ? stateOf(answers, 'pvs') : 'ok';
    if (state !== 'ok') missing.push({ field: 'storage.volumeGroups', state, reason: 'pvs and lvs' });
  }
  groups.push(...zfsPools(textOf(parts, 'zpool-list'), textOf(parts, 'zpool-status'), textOf(parts, 'zfs-volumes')));
  groups.push(...btrfs(textOf(parts, 'btrfs')).groups);
  missing.push(...cutShort(answers, { 'storage.volumeGroups': ['pvs', 'lvs', 'zpool-list', 'zpool-status'] }));
  return { groups, missing };
}

function arraysOf(answers: Answers, tree: ReturnType<typeof blockDevices>) {
  const { parts } = answers;
  const arrays: RaidArray[] = [
    ...mdstat(textOf(parts, 'mdstat')),
    ...zfsArrays(textOf(parts, 'zpool-status')),
    ...btrfs(textOf(parts, 'btrfs')).arrays,
    ...storcli(textOf(parts, 'storcli')),
    ...ssacli(textOf(parts, 'ssacli')),
    ...multipaths(tree),
  ];
  const missing: Missing[] = ['storcli', 'ssacli'].flatMap((name) => {
    const state = parts.has(name) ? stateOf(answers, name) : 'ok';
    return state === 'ok' ? [] : [{ field: 'storage.arrays', state, reason: name }];
  });
  return { arrays, missing };
}
