/** FreeBSD, OpenBSD, NetBSD and DragonFly: sysctl(8), geom(8), sockstat(1), jls(8), service(8), rcctl(8), pkg_info(1). */
import { filledIn, type SectionData } from 'ksocket/plugin';
import { dmiUuid } from '../parse/dmi.js';
import { filesystems } from '../parse/filesystems.js';
import { given, keyValues, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { answered, type Parts, textOf } from '../report/answers.js';
import {
  type Container,
  type Drive,
  endpoint,
  type Listener,
  netstatListeners,
  type Package,
  type Service,
} from './shapes.js';
import type { Told } from './told.js';

export function bsd(parts: Parts): Told {
  const values = sysctl(textOf(parts, 'sysctl'));
  const first = (...names: string[]) => names.map((name) => values.get(name)).find((it) => it !== undefined);
  const serial = filledIn(first('hw.serialno', 'machdep.dmi.system-serial'));
  const vendor = filledIn(first('hw.vendor', 'machdep.dmi.system-vendor'));
  const product = filledIn(first('hw.product', 'machdep.dmi.system-product'));
  const uuid = dmiUuid(first('hw.uuid', 'machdep.dmi.system-uuid'));
  const system = linesOf(textOf(parts, 'kernel'))[0];
  // The kernel keeps its number when only the userland is patched.
  const release = given(textOf(parts, 'freebsd-version')) ?? linesOf(textOf(parts, 'kernel'))[1];
  const bytes = wholeNumber(first('hw.physmem64', 'hw.physmem'));
  const df = answered(parts, 'df');
  const geom = answered(parts, 'geom');
  const disks = geom === undefined ? undefined : geomDisks(geom);
  const jails = parts.has('jls') ? jailsOf(textOf(parts, 'jls')) : undefined;
  const services = parts.has('rcctl')
    ? rcctl(textOf(parts, 'rcctl'))
    : parts.has('rc-enabled')
      ? rcScripts(textOf(parts, 'rc-enabled'))
      : undefined;
  const guest = values.get('kern.vm_guest');
  const jailed = values.get('security.jail.jailed') === '1';
  const packages = answered(parts, 'pkg-info');
  return {
    os: {
      ...present({
        name: system,
        id: system?.toLowerCase(),
        version: /^\d{1,3}(?:\.\d{1,3}){0,2}/.exec(release ?? '')?.[0],
        build: release,
        bootTime: bootSeconds(values.get('kern.boottime')),
      }),
    },
    // A jail sees the firmware of the machine that it runs on.
    identity: jailed ? {} : { ...present({ serial, vendor: serial && vendor, uuid }) },
    hardware: {
      ...present({
        product: jailed ? undefined : present({ vendor, name: product, serial }),
        cpu: processors(values),
        memory: bytes === undefined ? undefined : { totalKiB: Math.floor(bytes / 1024) },
        storage: present({
          drives: disks,
          totalKiB: disks?.reduce((sum, it) => sum + (it.sizeKiB ?? 0), 0),
          filesystems: df === undefined ? undefined : filesystems(df),
        }),
        virtualization: jailed ? 'jail' : guest === undefined ? undefined : (guests[guest] ?? undefined),
      }),
    },
    network: { ...present({ listeners: listenersOf(parts) }) },
    software: {
      ...present({
        services,
        containers: jails,
        packages: packages === undefined ? undefined : pkgInfo(packages),
      }),
    },
  };
}

function processors(values: ReadonlyMap<string, string>): SectionData['hardware']['cpu'] {
  const threads = wholeNumber(values.get('hw.ncpuonline') ?? values.get('hw.ncpu'));
  const model = values.get('hw.model');
  if (threads === undefined) return undefined;
  return { threads, ...present({ packages: model === undefined ? undefined : [{ model }] }) };
}

/** kern.vm_guest of FreeBSD in the names of systemd-detect-virt(1). */
const guests: Record<string, string> = {
  none: 'none',
  kvm: 'kvm',
  vmware: 'vmware',
  hv: 'microsoft',
  xen: 'xen',
  bhyve: 'bhyve',
  vbox: 'oracle',
  parallels: 'parallels',
};

/** FreeBSD writes `name: value`, OpenBSD `name=value`, NetBSD `name = value`. */
export function sysctl(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of linesOf(text)) {
    const name = /^[a-z0-9_.-]{1,80}/.exec(line)?.[0];
    const value = name === undefined ? undefined : given(/^ ?[:=] ?(.*)$/.exec(line.slice(name.length))?.[1]);
    if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, value);
  }
  return values;
}

/** `{ sec = 1709287200, usec = 0 } Fri Mar  1 …` of FreeBSD is read with the others; OpenBSD prints a date of its own time zone. */
function bootSeconds(text: string | undefined): string | undefined {
  const seconds = wholeNumber(/sec = (\d{1,12})/.exec(text ?? '')?.[1] ?? text);
  return seconds ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : undefined;
}

/** `Geom name: ada0`, `   Mediasize: 21474836480 (20G)`, `   descr: VBOX HARDDISK`, `   ident: VB1`, `   rotationrate: 0`. */
export function geomDisks(text: string): Drive[] {
  return text
    .split('Geom name:')
    .slice(1)
    .flatMap((block) => {
      const values = keyValues(`name:${block.replaceAll('Mediasize', '\nMediasize')}`);
      const name = given(values.get('name'));
      const bytes = wholeNumber(values.get('Mediasize')?.split(' ')[0]);
      const rotation = values.get('rotationrate');
      if (name === undefined || !bytes || /^cd\d/.test(name)) return [];
      const kind = /^nvd|^nda/.test(name)
        ? 'nvme'
        : rotation === '0'
          ? 'ssd'
          : wholeNumber(rotation)
            ? 'disk'
            : undefined;
      const known = (key: string) => {
        const value = given(values.get(key));
        return value === '(null)' ? undefined : value;
      };
      return [
        {
          name,
          sizeKiB: Math.floor(bytes / 1024),
          ...present({ kind, model: known('descr'), serial: known('ident') }),
        } as Drive,
      ];
    });
}

function listenersOf(parts: Parts): Listener[] | undefined {
  if (parts.has('sockstat')) return sockstat(textOf(parts, 'sockstat'));
  return parts.has('bsd-listeners') ? netstatListeners(textOf(parts, 'bsd-listeners')) : undefined;
}

/** `root     sshd       1234  4  tcp4   *:22                  *:*`; a connected UDP socket has a foreign address. */
export function sockstat(text: string): Listener[] {
  const found = new Map<string, Listener>();
  for (const line of linesOf(text).slice(1)) {
    const words = wordsOf(line);
    const at = words.findIndex((word) => /^(?:tcp|udp)(?:4|6|46)$/.test(word));
    const kind = words[at];
    if (kind === undefined || at < 3 || words[at + 2] !== '*:*') continue;
    const protocol = kind.startsWith('udp') ? 'udp' : 'tcp';
    const it = endpoint(words[at + 1], kind.endsWith('6') && kind !== 'tcp46');
    const pid = wholeNumber(words[at - 2]);
    const process = words.slice(1, at - 2).join(' ');
    if (it)
      found.set(`${protocol} ${it.address} ${it.port}`, {
        protocol,
        ...it,
        ...present({ process: given(process), pid }),
      });
  }
  return [...found.values()];
}

/** `1 web www.example.org` of `jls jid name host.hostname`. */
function jailsOf(text: string): Container[] {
  return linesOf(text).flatMap((line) => {
    const [id, name] = wordsOf(line);
    if (wholeNumber(id) === undefined || name === undefined) return [];
    return [{ ...present({ id }), name, runtime: 'jail', state: 'running' }];
  });
}

/** `/etc/rc.d/sshd` of `service -e`: what is enabled. */
export function rcScripts(text: string): Service[] {
  return linesOf(text).flatMap((line) => {
    const name = line.startsWith('/') ? given(line.slice(line.lastIndexOf('/') + 1)) : undefined;
    return name === undefined ? [] : [{ name, startup: 'enabled', manager: 'rc' }];
  });
}

/** `on sshd` and `started sshd`, two lists of OpenBSD’s rcctl. */
export function rcctl(text: string): Service[] {
  const services = new Map<string, { on: boolean; started: boolean }>();
  for (const line of linesOf(text)) {
    const [kind, name] = wordsOf(line);
    if (name === undefined || (kind !== 'on' && kind !== 'started')) continue;
    const it = services.get(name) ?? { on: false, started: false };
    it[kind] = true;
    services.set(name, it);
  }
  return [...services].map(([name, it]) => ({
    name,
    manager: 'rc',
    startup: it.on ? 'enabled' : 'disabled',
    state: it.started ? 'running' : 'stopped',
  }));
}

/** `bash-5.2.15         GNU Bourne Again Shell`: the version begins behind the last hyphen before a digit. */
export function pkgInfo(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const word = wordsOf(line)[0];
    const found = word === undefined ? undefined : /^(.{1,120})-(\d[^-]{0,60}(?:-[a-z_\d]{1,30})*)$/.exec(word);
    return found ? [{ name: found[1] ?? '', version: found[2] ?? '', source: 'pkg_info' }] : [];
  });
}
