/** macOS: diskutil(8), launchctl(1), Homebrew, the applications’ own versions, dscl(1), and the updates that the machine has found. */
import type { SectionData } from 'ksocket/plugin';
import { filesystems } from '../parse/filesystems.js';
import { given, keyValues, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { answered, type Parts, textOf } from '../report/answers.js';
import type { Drive, Package, Service } from './shapes.js';
import type { Told } from './told.js';

type Security = SectionData['security'];

export function macos(parts: Parts): Told {
  const df = answered(parts, 'df');
  const diskutil = answered(parts, 'diskutil');
  const disks = diskutil === undefined ? undefined : wholeDisks(diskutil);
  const brew = answered(parts, 'brew');
  const apps = answered(parts, 'applications');
  const updates = answered(parts, 'mac-updates');
  const users = answered(parts, 'dscl-users');
  const groups = answered(parts, 'dscl-groups');
  return {
    hardware: {
      ...present({
        storage: present({
          drives: disks,
          totalKiB: disks?.filter((it) => it.kind !== 'virtual').reduce((sum, it) => sum + (it.sizeKiB ?? 0), 0),
          filesystems: df === undefined ? undefined : filesystems(df),
        }),
      }),
    },
    software: {
      ...present({
        packages:
          brew === undefined && apps === undefined ? undefined : [...applications(apps ?? ''), ...formulae(brew ?? '')],
        services: parts.has('launchctl') ? launchd(textOf(parts, 'launchctl')) : undefined,
      }),
    },
    security: {
      ...present({
        users: users === undefined ? undefined : numbered(users).map(([name, uid]) => ({ name, uid })),
        groups: groups === undefined ? undefined : numbered(groups).map(([name, gid]) => ({ name, gid })),
        pendingUpdates: updates === undefined ? undefined : recommended(updates),
      }),
    },
  };
}

/** Blocks of `diskutil info -all`, divided by stars: `Whole: Yes`, `Disk Size: 500.3 GB (500277790720 Bytes)`. */
export function wholeDisks(text: string): Drive[] {
  return text.split('**********').flatMap((block): Drive[] => {
    const values = keyValues(block);
    const name = given(values.get('Device Identifier'));
    const bytes = wholeNumber(/\((\d{1,16}) Bytes\)/.exec(values.get('Disk Size') ?? '')?.[1]);
    if (name === undefined || values.get('Whole') !== 'Yes' || bytes === undefined) return [];
    const kind =
      values.get('Virtual') === 'Yes'
        ? 'virtual'
        : values.get('Solid State') === 'Yes'
          ? 'ssd'
          : values.get('Solid State') === 'No'
            ? 'disk'
            : undefined;
    return [
      {
        name,
        sizeKiB: Math.floor(bytes / 1024),
        ...present({ kind, model: given(values.get('Device / Media Name')) }),
      } as Drive,
    ];
  });
}

/** `/Applications/Safari.app␉17.3` */
export function applications(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [path, version] = line.split('\t');
    const name = given(path?.slice(path.lastIndexOf('/') + 1).replace(/\.app$/, ''));
    return name === undefined || !line.startsWith('/')
      ? []
      : [{ name, source: 'applications', ...present({ version: given(version) }) }];
  });
}

/** `openssl@3 3.2.1`, and several versions of one formula behind each other. */
export function formulae(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [name, ...versions] = wordsOf(line);
    return name === undefined ? [] : versions.map((version) => ({ name, version, source: 'brew' }));
  });
}

/** `PID␉Status␉Label`: a job without a process has `-`. */
export function launchd(text: string): Service[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const [pid, , name] = line.split('\t');
      // Jobs of one window or one program have names of the moment.
      if (name === undefined || name.startsWith('application.') || name.startsWith('0x')) return [];
      return [{ name, state: pid === '-' ? 'stopped' : 'running', manager: 'launchd' }];
    });
}

/** `root              0` */
function numbered(text: string): [string, string][] {
  return linesOf(text).flatMap((line): [string, string][] => {
    const words = wordsOf(line);
    const number = words.at(-1);
    const name = words.slice(0, -1).join(' ');
    return name === '' || !/^-?\d{1,10}$/.test(number ?? '') ? [] : [[name, number ?? '']];
  });
}

/** The property list of old that `defaults read` prints: `"Display Name" = "macOS Sonoma 14.4";` and `"Display Version" = "14.4";`. */
export function recommended(text: string): NonNullable<Security['pendingUpdates']> {
  return text.split('}').flatMap((block) => {
    const values = keyValues(block, '=');
    const of = (key: string) => given(values.get(`"${key}"`)?.replace(/;$/, '').replace(/^"|"$/g, ''));
    const name = of('Display Name');
    return name === undefined
      ? []
      : [{ name, source: 'softwareupdate', ...present({ version: of('Display Version') }) }];
  });
}
