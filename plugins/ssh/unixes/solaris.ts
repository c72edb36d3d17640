/** Solaris and illumos, in the forms of their manual pages: psrinfo(8), kstat(8), smbios(8), dladm(8), iostat(8), pkg(1), pkginfo(1), svcs(1), zoneadm(8). */
import { filledIn, type NetworkInterface, type SectionData } from 'ksocket/plugin';
import { arpRows } from '../cli/parse/lines.js';
import { macOf } from '../parse/addresses.js';
import { dmiUuid } from '../parse/dmi.js';
import { filesystems } from '../parse/filesystems.js';
import { ifconfig } from '../parse/ifconfig.js';
import { given, keyValues, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { answered, type Parts, textOf } from '../report/answers.js';
import { type Container, type Drive, epoch, netstatListeners, type Package, type Service } from './shapes.js';
import type { Told } from './told.js';

/** What `df` of Solaris lists and nothing is stored in. */
const pseudo = new Set(['swap', '/devices', 'ctfs', 'proc', 'mnttab', 'objfs', 'sharefs', 'fd']);

type Cpu = SectionData['hardware']['cpu'];

export function solaris(parts: Parts): Told {
  const smbios = keyValues(textOf(parts, 'smbios'));
  const serial = filledIn(smbios.get('Serial Number'));
  const vendor = filledIn(smbios.get('Manufacturer'));
  const product = filledIn(smbios.get('Product'));
  const megabytes = wholeNumber(/^Memory size: (\d{1,9}) Mega/m.exec(textOf(parts, 'solaris-prtconf'))?.[1]);
  const df = answered(parts, 'df');
  const iostat = answered(parts, 'iostat');
  const pkg = answered(parts, 'solaris-pkg');
  const old = answered(parts, 'pkginfo');
  const svcs = answered(parts, 'svcs');
  const zones = answered(parts, 'zoneadm');
  const list = interfaces(textOf(parts, 'ifconfig'), textOf(parts, 'dladm'));
  const own = new Set(list?.flatMap((it) => (it.addresses ?? []).map(({ address }) => address)));
  const arp = arpRows(textOf(parts, 'bsd-arp')).arp.filter((it) => !own.has(it.address));
  return {
    os: {
      ...solarisRelease(textOf(parts, 'solaris-release')),
      ...present({ bootTime: epoch(wordsOf(textOf(parts, 'kstat'))[1]) }),
    },
    identity: { ...present({ serial, vendor: serial && vendor, uuid: dmiUuid(smbios.get('UUID')) }) },
    hardware: {
      ...present({
        product: present({ vendor, name: product, serial }),
        cpu: processors(textOf(parts, 'psrinfo')),
        memory: megabytes === undefined ? undefined : { totalKiB: megabytes * 1024 },
        storage: present({
          drives: iostat === undefined ? undefined : drives(iostat),
          filesystems: df === undefined ? undefined : filesystems(df).filter((it) => !pseudo.has(it.device ?? '')),
        }),
      }),
    },
    network: {
      ...present({
        interfaces: list,
        neighbours:
          arp.length === 0
            ? undefined
            : arp.map((it) => ({
                address: it.address,
                mac: it.mac,
                source: 'arp' as const,
                ...present({ interface: it.interface }),
              })),
        listeners: parts.has('bsd-listeners') ? netstatListeners(textOf(parts, 'bsd-listeners')) : undefined,
      }),
    },
    software: {
      ...present({
        packages: pkg === undefined && old === undefined ? undefined : [...ips(pkg ?? ''), ...systemV(old ?? '')],
        services: svcs === undefined ? undefined : services(svcs),
        containers: zones === undefined ? undefined : zonesOf(zones),
      }),
    },
  };
}

/** `Oracle Solaris 11.4 X86`, `Solaris 10 1/13 s10s_u11wos_24a SPARC`, `OmniOS v11 r151046`, `SmartOS 20230101T000000Z x86_64`. */
export function solarisRelease(text: string): Told['os'] {
  const line = given(linesOf(text)[0]);
  const name = /^[A-Za-z ]{2,40}?(?= v?\d| Hipster| Development)/.exec(line ?? '')?.[0];
  if (line === undefined || name === undefined) return line === undefined ? {} : { name: line };
  const [numbered, ...rest] = wordsOf(line.slice(name.length));
  const version = numbered?.replace(/^v(?=\d)/, '');
  const build = rest.find((word) => /^(?:r\d|s\d|\d{1,2}\/\d)/.test(word)) ?? undefined;
  return { name, id: name.toLowerCase().includes('solaris') ? 'solaris' : 'illumos', ...present({ version, build }) };
}

/** `The physical processor has 4 cores and 8 virtual processors (0-7)`, and some lines below it the model. */
export function processors(text: string): Cpu {
  const packages: { model?: string; cores?: number; clockMHz?: number }[] = [];
  let threads = 0;
  for (const line of linesOf(text)) {
    const head =
      /^The (?:physical|[\w-]{1,40}) processor has (?:(\d{1,4}) cores? and )?(\d{1,4}) virtual processor/.exec(line);
    if (head) {
      packages.push({ ...present({ cores: wholeNumber(head[1]) }) });
      threads += Number(head[2]);
      continue;
    }
    const current = packages.at(-1);
    const clock = wholeNumber(/clock (\d{1,6}) MHz/.exec(line)?.[1]);
    if (current && clock !== undefined) current.clockMHz = clock;
    // The last indented line of the block names the model; the line before it names the stepping.
    if (current && line.startsWith('\t\t')) current.model = line.trim();
    else if (current && line.startsWith('      ')) current.model = line.trim();
  }
  if (packages.length === 0) return undefined;
  const cores = packages.reduce((sum, it) => sum + (it.cores ?? 0), 0);
  return { sockets: packages.length, threads, ...present({ cores: cores > 0 ? cores : undefined }), packages };
}

/** ifconfig tells an ordinary user no MAC address; `dladm show-phys -m` does: `net0 primary 8:0:27:fc:8b:f yes net0`. */
function interfaces(text: string, links: string): NetworkInterface[] | undefined {
  const list = ifconfig(text);
  if (list.length === 0) return undefined;
  const macs = new Map(
    linesOf(links).map((line) => {
      const words = wordsOf(line);
      return [words[0] ?? '', words.map(macOf).find((it) => it !== undefined)] as const;
    }),
  );
  return list.map((it) => ({ ...it, ...present({ mac: it.mac ?? macs.get(it.name) }) }));
}

/** `c0t0d0 Soft Errors: 0 …`, `Vendor: ATA Product: VBOX HARDDISK Revision: 1.0 Serial No: VB1`, `Size: 21.47GB <21474836480 bytes>`. */
export function drives(text: string): Drive[] {
  const found: Drive[] = [];
  for (const line of linesOf(text)) {
    const name = /^(\S{1,40}) +Soft Errors:/.exec(line)?.[1];
    if (name !== undefined) {
      found.push({ name });
      continue;
    }
    const current = found.at(-1);
    if (current === undefined) continue;
    const bytes = wholeNumber(/^Size: [^<]{1,20}<(\d{1,16}) bytes>/.exec(line)?.[1]);
    if (bytes) Object.assign(current, { sizeKiB: Math.floor(bytes / 1024) });
    if (!line.startsWith('Vendor:') && !line.startsWith('Model:')) continue;
    const between = (from: string, ...to: string[]) => {
      const at = line.indexOf(from);
      if (at < 0) return undefined;
      const rest = line.slice(at + from.length);
      const ends = to.map((word) => rest.indexOf(word)).filter((it) => it >= 0);
      return given(rest.slice(0, Math.min(rest.length, ...ends)));
    };
    const model = between('Product:', 'Revision:', 'Size:') ?? between('Model:', 'Revision:');
    Object.assign(
      current,
      present({ model, firmware: between('Revision:', 'Serial No:'), serial: between('Serial No:', 'Size:') }),
    );
  }
  // A CD drive without a disc has no size.
  return found.filter((it) => it.sizeKiB !== undefined);
}

/** `entire   11.4-11.4.0.0.1.15.0   i--`, with a publisher in brackets where it is not the first one. */
export function ips(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const words = wordsOf(line).filter((word) => !word.startsWith('('));
    const [name, version, flags] = words;
    return name === undefined || version === undefined || !flags?.startsWith('i')
      ? []
      : [{ name, version, source: 'ips' }];
  });
}

/** `SUNWcsu  Core Solaris, (Usr)` and below it `  (sparc) 11.10.0,REV=2005.01.21.15.53`. */
export function systemV(text: string): Package[] {
  const packages: Package[] = [];
  for (const line of linesOf(text)) {
    const current = packages.at(-1);
    if (!/^[ \t]/.test(line)) {
      const name = wordsOf(line)[0];
      if (name !== undefined) packages.push({ name, source: 'pkginfo' });
    } else if (current && current.version === undefined) {
      const found = /^\s{1,60}\(([\w.,-]{1,40})\) (\S{1,80})/.exec(line);
      if (found) Object.assign(current, { arch: found[1], version: found[2] });
    }
  }
  return packages;
}

/** `online svc:/network/ssh:default` */
export function services(text: string): Service[] {
  return linesOf(text).flatMap((line) => {
    const [state, name] = wordsOf(line);
    return name === undefined || state === undefined ? [] : [{ name, state: state.replace(/\*$/, ''), manager: 'smf' }];
  });
}

/** `1:web:running:/zones/web:uuid:solaris:excl`; the global zone is the host itself. */
function zonesOf(text: string): Container[] {
  return linesOf(text).flatMap((line) => {
    const [, name, state, , , brand] = line.split(':').map(given);
    if (name === undefined || name === 'global') return [];
    return [{ name, runtime: 'zone', ...present({ state, image: brand }) }];
  });
}
