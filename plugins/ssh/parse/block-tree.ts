/** What lies on the drives: partitions, volumes and paths, by lsblk(8), and without it partitions by /sys/block. */
import type { SectionData } from 'ksocket/plugin';
import { linesOf, present, wholeNumber } from './text.js';

type Storage = NonNullable<SectionData['hardware']['storage']>;
export type Partition = NonNullable<Storage['partitions']>[number];
export type VolumeGroup = NonNullable<Storage['volumeGroups']>[number];
export type RaidArray = NonNullable<Storage['arrays']>[number];

/** One line of `lsblk -P`. */
export type BlockDevice = ReadonlyMap<string, string>;

/** A host of containers has thousands of layers, but they are no block devices. */
const maxDevices = 4096;

/** `NAME="sda1" TYPE="part"`; blanks and quotes within values are `\x20` (util-linux since 2.33, else as they are). */
export function blockDevices(lsblk: string): BlockDevice[] {
  return linesOf(lsblk)
    .slice(0, maxDevices)
    .map((line) => {
      const pairs = new Map<string, string>();
      for (let at = 0; at < line.length; ) {
        const open = line.indexOf('="', at);
        const close = open < 0 ? -1 : line.indexOf('"', open + 2);
        if (close < 0) break;
        pairs.set(line.slice(at, open).trim(), unescaped(line.slice(open + 2, close)));
        at = close + 1;
      }
      return pairs;
    });
}

/** The bytes of UTF-8 come one by one. */
function unescaped(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString());
}

function value(device: BlockDevice, name: string): string | undefined {
  const text = device.get(name)?.trim();
  return text === '' ? undefined : text;
}

function sizeOf(device: BlockDevice): number | undefined {
  const bytes = wholeNumber(device.get('SIZE'));
  return bytes === undefined ? undefined : Math.floor(bytes / 1024);
}

/** Types of the GPT (UEFI 5.3, Discoverable Partitions Specification) and of the MBR, for an lsblk that does not name them. */
const partitionTypes: Record<string, string> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI System',
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'Linux filesystem',
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': 'Linux swap',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'Linux LVM',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'Linux RAID',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'Linux root (x86-64)',
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'Linux extended boot',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'Microsoft basic data',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': 'Microsoft reserved',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': 'Windows recovery environment',
  '0x5': 'Extended',
  '0x7': 'HPFS/NTFS/exFAT',
  '0xc': 'W95 FAT32 (LBA)',
  '0xf': "W95 Ext'd (LBA)",
  '0x82': 'Linux swap / Solaris',
  '0x83': 'Linux',
  '0x8e': 'Linux LVM',
  '0xef': 'EFI (FAT-12/16/32)',
  '0xfd': 'Linux raid autodetect',
};

export function partitions(devices: readonly BlockDevice[]): Partition[] {
  const seen = new Set<string>();
  return devices.flatMap((it) => {
    const name = value(it, 'KNAME') ?? value(it, 'NAME');
    if (value(it, 'TYPE') !== 'part' || name === undefined || seen.has(name)) return [];
    seen.add(name);
    const type = value(it, 'PARTTYPENAME') ?? partitionTypes[it.get('PARTTYPE') ?? ''];
    const rest = { type, filesystem: value(it, 'FSTYPE'), uuid: value(it, 'UUID') };
    return [{ name, ...present({ drive: value(it, 'PKNAME'), sizeKiB: sizeOf(it), ...rest }) }];
  });
}

/** `sda/sda1/partition:1` and `sda/sda1/size:2048`, in sectors of 512 bytes. */
export function sysPartitions(block: ReadonlyMap<string, ReadonlyMap<string, string>>): Partition[] {
  const found: Partition[] = [];
  for (const [drive, values] of block) {
    for (const key of values.keys()) {
      const name = key.endsWith('/partition') ? key.slice(0, -'/partition'.length) : undefined;
      if (name === undefined) continue;
      const sectors = wholeNumber(values.get(`${name}/size`));
      found.push({ name, drive, ...present({ sizeKiB: sectors === undefined ? undefined : Math.floor(sectors / 2) }) });
    }
  }
  return found;
}

/** `vg--data-lv_1` of the device mapper: hyphens of the names are doubled. */
function volumeName(mapped: string): { group: string; volume: string } | undefined {
  const at = mapped.search(/[^-]-(?=[^-])/);
  if (at < 0) return undefined;
  const plain = (text: string) => text.replaceAll('--', '-');
  return { group: plain(mapped.slice(0, at + 1)), volume: plain(mapped.slice(at + 2)) };
}

/** What an ordinary user sees of LVM: the volumes that are active, and the physical volumes by what is on them. */
export function activeVolumes(devices: readonly BlockDevice[]): VolumeGroup[] {
  const groups = new Map<string, { name: string; logicalVolumes: Map<string, number | undefined> }>();
  for (const it of devices) {
    const name = value(it, 'TYPE') === 'lvm' ? volumeName(value(it, 'NAME') ?? '') : undefined;
    if (name === undefined) continue;
    const group = groups.get(name.group) ?? { name: name.group, logicalVolumes: new Map() };
    groups.set(name.group, group);
    group.logicalVolumes.set(name.volume, sizeOf(it));
  }
  return [...groups.values()].map(({ name, logicalVolumes }) => ({
    name,
    logicalVolumes: [...logicalVolumes].map(([volume, sizeKiB]) => ({ name: volume, ...present({ sizeKiB }) })),
  }));
}

/** A device of dm-multipath stands below each of its paths. */
export function multipaths(devices: readonly BlockDevice[]): RaidArray[] {
  const found = new Map<string, { sizeKiB: number | undefined; members: Set<string> }>();
  for (const it of devices) {
    const name = value(it, 'NAME');
    if (value(it, 'TYPE') !== 'mpath' || name === undefined) continue;
    const path = found.get(name) ?? { sizeKiB: sizeOf(it), members: new Set<string>() };
    found.set(name, path);
    const member = value(it, 'PKNAME');
    if (member !== undefined) path.members.add(member);
  }
  return [...found].map(([name, { sizeKiB, members }]) => ({
    name,
    level: 'multipath',
    ...present({ sizeKiB, members: members.size > 0 ? [...members] : undefined }),
  }));
}
