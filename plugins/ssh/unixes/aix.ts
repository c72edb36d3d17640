/** AIX, in the forms of IBM’s command reference: oslevel, prtconf, lslpp, lssrc, lspv, lsvg, lswpar. */
import type { NetworkInterface, SectionData } from 'ksocket/plugin';
import { macOf } from '../parse/addresses.js';
import { filesystems } from '../parse/filesystems.js';
import { ifconfig } from '../parse/ifconfig.js';
import { given, keyValues, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { answered, type Parts, textOf } from '../report/answers.js';
import { type Container, type Drive, netstatListeners, type Package, type Service } from './shapes.js';
import type { Told } from './told.js';

type VolumeGroup = NonNullable<NonNullable<SectionData['hardware']['storage']>['volumeGroups']>[number];

export function aix(parts: Parts): Told {
  const level = given(textOf(parts, 'aix-level'));
  const prtconf = keyValues(textOf(parts, 'prtconf'));
  const model = given(prtconf.get('System Model') ?? textOf(parts, 'aix-model'));
  // `IBM,9009-42A`: the maker and the machine type.
  const [vendor, machine] = model?.includes(',') ? model.split(',', 2) : [undefined, model];
  const serial = given(prtconf.get('Machine Serial Number'));
  // `5 aix01`, or `-1 NULL` on a machine that is not divided. The number is the frame’s: all its partitions have it.
  const isPartition = given(prtconf.get('LPAR Info'))?.startsWith('-1') === false;
  const version = level === undefined ? undefined : aixVersion(level);
  const megabytes = wholeNumber(prtconf.get('Memory Size')?.split(' ')[0]);
  const MHz = wholeNumber(prtconf.get('Processor Clock Speed')?.split(' ')[0]);
  const processor = given(prtconf.get('Processor Type'));
  const df = answered(parts, 'df');
  const drives = answered(parts, 'aix-disks');
  const storage = present({
    drives: drives === undefined ? undefined : aixDrives(drives),
    filesystems: df === undefined ? undefined : filesystems(df),
    volumeGroups: parts.has('lsvg') ? volumeGroups(textOf(parts, 'lsvg')) : undefined,
  });
  return {
    // What `uname -m` says there is the number of the machine.
    os: { name: 'AIX', id: 'aix', architecture: 'powerpc', ...present({ version, build: level }) },
    identity: isPartition ? {} : { ...present({ serial, vendor: serial && vendor }) },
    hardware: {
      ...present({
        product: present({ vendor, name: machine, model: machine, serial }),
        bios: present({ version: given(prtconf.get('Platform Firmware level')) }),
        cpu: present({
          cores: wholeNumber(prtconf.get('Number Of Processors')),
          packages: processor === undefined ? undefined : [{ model: processor, ...present({ clockMHz: MHz }) }],
        }),
        memory: megabytes === undefined ? undefined : { totalKiB: megabytes * 1024 },
        storage,
      }),
    },
    network: {
      ...present({
        interfaces: interfaces(textOf(parts, 'ifconfig'), textOf(parts, 'netstat-in')),
        listeners: parts.has('bsd-listeners') ? netstatListeners(textOf(parts, 'bsd-listeners')) : undefined,
      }),
    },
    software: {
      ...present({
        packages: parts.has('lslpp') ? filesets(textOf(parts, 'lslpp')) : undefined,
        services: parts.has('lssrc') ? subsystems(textOf(parts, 'lssrc')) : undefined,
        containers: parts.has('lswpar') ? partitions(textOf(parts, 'lswpar')) : undefined,
      }),
    },
  };
}

/** `en0    1500  link#2      fa.16.3e.1.2.3 …` of `netstat -in`: the MAC addresses, which ifconfig does not know. */
function interfaces(text: string, table: string): NetworkInterface[] | undefined {
  const list = ifconfig(text);
  if (list.length === 0) return undefined;
  const rows = new Map(
    linesOf(table).flatMap((line) => {
      const [name, mtu, link, mac] = wordsOf(line);
      if (name === undefined || !link?.startsWith('link#')) return [];
      return [[name, { mac: macOf(mac?.replaceAll('.', ':')), mtu: wholeNumber(mtu) }] as const];
    }),
  );
  return list.map((it) => {
    const { mac, mtu } = rows.get(it.name) ?? {};
    return { ...it, ...present({ mac: it.mac ?? mac, mtu: it.mtu ?? mtu, type: it.type ?? (mac && 'ethernet') }) };
  });
}

/** `7200-05-03-2148` is 7.2, technology level 5, service pack 3. */
function aixVersion(level: string): string | undefined {
  const [release] = level.split('-', 1);
  return /^\d{4}$/.test(release ?? '') ? `${release?.[0]}.${release?.[1]}` : undefined;
}

/** `lslpp -Lcq`: package, fileset, level, state, PTF, fix state, type, description, … separated by colons. */
export function filesets(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [, name, version] = line.split(':');
    if (given(name) === undefined || line.startsWith('#')) return [];
    return [{ name: name ?? '', ...present({ version: given(version) }), source: 'lslpp' }];
  });
}

/** ` syslogd          ras              4063534      active`; who is not active has no process number. */
export function subsystems(text: string): Service[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const words = wordsOf(line);
      const state = words.at(-1);
      if (words.length < 2 || words[0] === undefined) return [];
      return [{ name: words[0], manager: 'src', ...present({ state }) }];
    });
}

/** `hdisk0 70006`: megabytes, by getconf DISK_SIZE. */
function aixDrives(text: string): Drive[] {
  return linesOf(text).flatMap((line) => {
    const [name, size] = wordsOf(line);
    const megabytes = wholeNumber(size);
    return name === undefined ? [] : [{ name, ...present({ sizeKiB: megabytes && megabytes * 1024 }) }];
  });
}

/** `TOTAL PPs: 546 (69888 megabytes)` in two columns of `lsvg NAME`. */
export function volumeGroups(text: string): VolumeGroup[] {
  return text
    .split('VOLUME GROUP:')
    .slice(1)
    .flatMap((block) => {
      const name = wordsOf(block.split('\n', 1)[0] ?? '')[0];
      const kib = (label: string) => {
        const at = block.indexOf(label);
        const size = at < 0 ? undefined : /\((\d{1,12}) megabytes\)/.exec(block.slice(at, at + 120))?.[1];
        const megabytes = wholeNumber(size);
        return megabytes === undefined ? undefined : megabytes * 1024;
      };
      return name === undefined
        ? []
        : [{ name, ...present({ sizeKiB: kib('TOTAL PPs:'), freeKiB: kib('FREE PPs:') }) }];
    });
}

/** `web:active:S`: workload partitions. */
function partitions(text: string): Container[] {
  return linesOf(text).flatMap((line) => {
    const [name, state] = line.split(':').map(given);
    return name === undefined ? [] : [{ name, runtime: 'wpar', ...present({ state }) }];
  });
}
