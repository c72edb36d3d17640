/** POSIX `df -kP`, with GNU’s type column or without. */
import type { SectionData } from 'ksocket/plugin';
import { linesOf, present, wholeNumber, wordsOf } from './text.js';

export type Filesystem = NonNullable<NonNullable<SectionData['hardware']['storage']>['filesystems']>[number];

/** Views of the kernel, memory, read-only images of packages: nothing that stores. */
const pseudoTypes = new Set([
  ...[
    'autofs',
    'binfmt_misc',
    'bpf',
    'cgroup',
    'cgroup2',
    'configfs',
    'debugfs',
    'devfs',
    'devpts',
    'devtmpfs',
    'efivarfs',
  ],
  ...[
    'fdescfs',
    'fusectl',
    'hugetlbfs',
    'iso9660',
    'linprocfs',
    'mqueue',
    'nsfs',
    'proc',
    'procfs',
    'pstore',
    'ramfs',
    'rootfs',
  ],
  ...['securityfs', 'squashfs', 'sysfs', 'tmpfs', 'tracefs', 'udf', 'fuse.lxcfs', 'fuse.gvfsd-fuse', 'fuse.snapfuse'],
]);
/** The first column of the same, for a `df` without types. */
const pseudoDevices = new Set([
  'devtmpfs',
  'none',
  'proc',
  'shm',
  'sysfs',
  'tmpfs',
  'udev',
  'devfs',
  'map',
  'cgroup',
  'cgroup2',
]);

export function filesystems(text: string): Filesystem[] {
  const [head, ...rows] = linesOf(text);
  const typed = wordsOf(head ?? '')[1] === 'Type';
  const found: Filesystem[] = [];
  for (const row of rows) {
    const words = wordsOf(row);
    // Device and mount point may hold blanks, so the columns between them are looked for.
    const at = words.findIndex((_, i) => i > 0 && isNumbers(words, i));
    if (at < 0) continue;
    const device = words[0] ?? '';
    const type = typed && at > 1 ? words[at - 1] : undefined;
    const mount = mountOf(row, words.slice(0, at + 4));
    // The layers of every container are overlays; only the own root is a file system of this host.
    const layer = (type === 'overlay' || device === 'overlay') && mount !== '/';
    if (layer || pseudoTypes.has(type ?? '') || (!typed && pseudoDevices.has(device))) continue;
    const sizeKiB = wholeNumber(words[at]);
    if (sizeKiB === 0) continue;
    found.push({
      mount,
      ...present({
        device: deviceOf(words.slice(0, typed ? at - 1 : at)),
        type,
        sizeKiB,
        usedKiB: wholeNumber(words[at + 1]),
      }),
    });
  }
  return found;
}

/** What has no device says its type, or `none`. */
function deviceOf(words: readonly string[]): string | undefined {
  const device = words.join(' ');
  return device === '' || device === 'none' || device === 'overlay' ? undefined : device;
}

/** What follows these words, from the slash on: blanks within and behind are the mount point’s own. */
function mountOf(row: string, before: readonly string[]): string {
  let from = 0;
  for (const it of before) from = row.indexOf(it, from) + it.length;
  return row.slice(row.indexOf('/', from));
}

/** Size, used, available (negative on an overfull one), per cent, and the mount point. */
function isNumbers(words: readonly string[], at: number): boolean {
  const [size = '', used = '', available = '', percent = '', mount = ''] = words.slice(at, at + 5);
  const number = /^-?\d+$/;
  return (
    number.test(size) &&
    number.test(used) &&
    number.test(available) &&
    /^(?:\d+%|-)$/.test(percent) &&
    mount.startsWith('/')
  );
}
