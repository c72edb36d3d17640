/** Pools of ZFS (zpool-list(8), zpool-status(8)) and file systems of btrfs over several devices (/sys/fs/btrfs). */
import type { RaidArray, VolumeGroup } from './block-tree.js';
import { fileLines, given, linesOf, present, wholeNumber, wordsOf } from './text.js';

function kib(bytes: string | undefined): number | undefined {
  const value = wholeNumber(bytes);
  return value === undefined ? undefined : Math.floor(value / 1024);
}

interface Vdev {
  readonly pool: string;
  readonly name: string;
  readonly state: string | undefined;
  readonly members: string[];
}

/** The indentation of `zpool status` is the tree: a pool by one tab, its vdevs two blanks deeper, their devices two more. */
export function vdevs(status: string): Vdev[] {
  const found: Vdev[] = [];
  let pool: string | undefined;
  let vdev: Vdev | undefined;
  let inConfig = false;
  for (const line of linesOf(status)) {
    const [name = '', state] = wordsOf(line);
    if (!line.startsWith('\t')) {
      if (name === 'pool:' || name === 'config:') inConfig = name === 'config:';
      else if (name !== '') inConfig = false;
      if (name === 'pool:') pool = undefined;
      continue;
    }
    if (!inConfig || name === 'NAME' || name === '') continue;
    const depth = line.search(/[^\t ]/);
    if (depth === 1) pool ??= name;
    else if (depth === 3 && pool !== undefined) {
      vdev = { pool, name, state, members: [] };
      found.push(vdev);
    } else if (depth === 5) vdev?.members.push(name);
  }
  return found;
}

/** `tank␉7990449938432␉3995224969216␉ONLINE`, bytes; `rpool/swap␉8589934592` of `zfs list -t volume`. */
export function zfsPools(list: string, status: string, volumes: string): VolumeGroup[] {
  const tree = vdevs(status);
  const blocks = linesOf(volumes).flatMap((line) => {
    const [name = '', size] = line.split('\t');
    return name.includes('/') ? [{ name, ...present({ sizeKiB: kib(size) }) }] : [];
  });
  return linesOf(list).flatMap((line) => {
    const [name = '', size, free, health] = line.split('\t');
    if (name === '' || health === undefined) return [];
    const disks = tree.filter((it) => it.pool === name);
    const physical = disks.flatMap((it) => (it.members.length > 0 ? it.members : [it.name]));
    const logical = blocks.filter((it) => it.name.startsWith(`${name}/`));
    return [
      {
        name,
        ...present({ sizeKiB: kib(size), freeKiB: kib(free) }),
        ...(physical.length > 0 && { physicalVolumes: physical }),
        ...(logical.length > 0 && { logicalVolumes: logical }),
      },
    ];
  });
}

/** `mirror-0`, `raidz2-1`, `draid1:4d:6c:0s-0`. */
export function zfsArrays(status: string): RaidArray[] {
  return vdevs(status).flatMap(({ pool, name, state, members }) => {
    const level = /^(mirror|raidz[123]?|draid[123]?)[:-]/.exec(name)?.[1];
    if (level === undefined) return [];
    const health = state === undefined ? {} : { state, degraded: state !== 'ONLINE' };
    return [{ name: `${pool}/${name}`, level, ...health, members }];
  });
}

/** `UUID/devices/sda2`, `UUID/allocation/data/raid1/total_bytes` and `UUID/label:data`. */
export function btrfs(text: string): { groups: VolumeGroup[]; arrays: RaidArray[] } {
  const labels = fileLines(text);
  const found = new Map<string, { devices: string[]; level: string | undefined }>();
  for (const line of linesOf(text)) {
    const [uuid = '', folder, name = '', level] = line.split('/');
    if (!/^[0-9a-f-]{36}$/.test(uuid) || folder === undefined) continue;
    const entry = found.get(uuid) ?? { devices: [], level: undefined };
    found.set(uuid, entry);
    if (folder === 'devices' && name !== '') entry.devices.push(name);
    else if (folder === 'allocation' && name === 'data') entry.level = level;
  }
  const groups: VolumeGroup[] = [];
  const arrays: RaidArray[] = [];
  for (const [uuid, { devices, level }] of found) {
    const name = given(labels.get(`${uuid}/label`)?.[0]) ?? uuid;
    groups.push({ name, physicalVolumes: devices });
    if (level !== undefined && /^(?:raid|dup)/.test(level)) arrays.push({ name, level, members: devices });
  }
  return { groups, arrays };
}
