/** The operating system by its own words: uname(1), os-release(5) and what was there before it, timezone, time of boot. */
import type { SectionData } from 'ksocket/plugin';
import { fileLines, given, keyValues, linesOf, present, timeOf, wholeNumber, wordsOf } from './text.js';

export type Os = SectionData['os'];

/** The five lines of the part `kernel`: name, release, version, machine, node. */
export function kernel(text: string): Os {
  const [name, release, version, architecture, hostname] = linesOf(text).map(given);
  const words = present({ name, release, version });
  return { ...present({ family: name, architecture, hostname }), ...(words && { kernel: words }) };
}

/** os-release(5): shell assignments, where values may be quoted and quotes and `$` may be escaped. */
function osRelease(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at <= 0 || line.startsWith('#')) continue;
    const quoted = line.slice(at + 1).trim();
    const quote = quoted[0] === '"' || quoted[0] === "'" ? quoted[0] : undefined;
    const bare = quote !== undefined && quoted.length > 1 && quoted.endsWith(quote) ? quoted.slice(1, -1) : quoted;
    const value = given(bare.replace(/\\(.)/g, '$1'));
    if (value !== undefined) values.set(line.slice(0, at), value);
  }
  return values;
}

/** Files of systems older than os-release, as `name`, in the order of how much they say. */
const olderFiles: [path: string, id: string][] = [
  ['/etc/redhat-release', 'rhel'],
  ['/etc/SuSE-release', 'suse'],
  ['/etc/slackware-version', 'slackware'],
  ['/etc/alpine-release', 'alpine'],
  ['/etc/debian_version', 'debian'],
];
/** `CentOS release 6.10 (Final)`: the name is what comes before the first number. */
const numbered = /^([^\d]{1,80}?)(?: release| Linux release)?(?: version)? ?(\d[\w.~-]{0,40})/;

/** CPE 2.2 (`cpe:/o:redhat:…`) or 2.3 (`cpe:2.3:o:…`), IR 7695. */
function cpeOf(text: string | undefined): string | undefined {
  const name = given(text);
  return name !== undefined && /^cpe:(?:\/|2\.3:)[\x21-\x7e]{1,200}$/.test(name) ? name : undefined;
}

/** `/etc/locale.conf:LANG=ja_JP.UTF-8`, quoted or not. */
export function locale(text: string): string | undefined {
  for (const lines of fileLines(text).values()) {
    const value = osRelease(lines).get('LANG');
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * `/var/log/installer 1796071984 1796072000`: birth (0 or `-` where the file system does not know it) and last change of a folder
 * that only an installer makes, when it ends. An image for clouds brings its maker’s.
 */
export function installDate(text: string): string | undefined {
  for (const line of linesOf(text)) {
    if (line === 'cloud') return undefined;
    const [path = '', birth, change] = wordsOf(line);
    const seconds = wholeNumber(birth) || wholeNumber(change);
    if (path.startsWith('/var/log/') && seconds) return timeOf(seconds);
  }
  return undefined;
}

/** The part `release`: lines of `grep -H` over the files that name a distribution. */
export function distribution(text: string): Os {
  const files = fileLines(text);
  const release = osRelease(files.get('/etc/os-release') ?? files.get('/usr/lib/os-release') ?? []);
  if (release.size > 0) {
    return {
      ...present({
        name: release.get('NAME'),
        id: release.get('ID'),
        version: fullVersion(release.get('ID'), release.get('VERSION_ID'), files),
        build: release.get('BUILD_ID'),
        edition: release.get('VARIANT'),
        cpe: cpeOf(release.get('CPE_NAME') ?? files.get('/etc/system-release-cpe')?.[0]),
        description: release.get('PRETTY_NAME'),
      }),
    };
  }
  const openWrt = osRelease(files.get('/etc/openwrt_release') ?? []);
  if (openWrt.size > 0) {
    return {
      ...present({
        name: openWrt.get('DISTRIB_ID'),
        id: 'openwrt',
        version: openWrt.get('DISTRIB_RELEASE'),
        build: openWrt.get('DISTRIB_REVISION'),
        description: openWrt.get('DISTRIB_DESCRIPTION'),
      }),
    };
  }
  for (const [path, family] of olderFiles) {
    const line = given(files.get(path)?.[0]);
    if (line === undefined) continue;
    const match = numbered.exec(line);
    // alpine-release and debian_version hold the version alone.
    if (match === null) return { id: family, version: line };
    const id = /^centos/i.test(line) ? 'centos' : /^fedora/i.test(line) ? 'fedora' : family;
    return { ...present({ name: given(match[1]), id, version: match[2], description: line }) };
  }
  return {};
}

/**
 * Debian and CentOS write the release alone into os-release, `12`; the point of it, `12.11` and `CentOS Linux release 7.9.2009
 * (Core)`, stands in the older file. Debian’s derivatives keep Debian’s there.
 */
function fullVersion(id: string | undefined, version: string | undefined, files: ReadonlyMap<string, string[]>) {
  const older = [
    id === 'debian' ? given(files.get('/etc/debian_version')?.[0]) : undefined,
    numbered.exec(given(files.get('/etc/redhat-release')?.[0]) ?? '')?.[2],
  ];
  return (
    older.find((it) => version !== undefined && it?.startsWith(`${version}.`) && /^[\d.]{1,40}$/.test(it)) ?? version
  );
}

/** systemd’s machine-id(5): 32 hexadecimal digits; `uninitialized` and zeros are none. */
export function machineId(text: string): string | undefined {
  const files = fileLines(text);
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const id = files.get(path)?.[0]?.trim().toLowerCase();
    if (id !== undefined && /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id)) return id;
  }
  return undefined;
}

/** `btime 1763893998` of /proc/stat, or `kern.boottime: { sec = 1763893998, usec = 0 } …` of the BSDs. */
export function bootTime(text: string): string | undefined {
  const match = /^btime (\d{1,12})/.exec(text) ?? /\bsec = (\d{1,12})/.exec(text);
  const seconds = wholeNumber(match?.[1]);
  return seconds ? timeOf(seconds) : undefined;
}

/** `zone` is the target of /etc/localtime (absent when it is no link) and, last, the abbreviation that `date` prints. */
export function timezone(zone: string, release: string): string | undefined {
  const lines = linesOf(zone);
  const abbreviation = given(lines.pop());
  const link = lines[0]?.split('/zoneinfo/', 2)[1];
  const files = fileLines(release);
  return given(link) ?? given(files.get('/etc/timezone')?.[0]) ?? given(files.get('/etc/TZ')?.[0]) ?? abbreviation;
}

/** A name with a domain, or nothing: `hostname -f` prints the bare name when it knows no domain. */
export function fqdn(text: string): string | undefined {
  const name = given(linesOf(text)[0]);
  return name?.includes('.') && !name.startsWith('localhost') ? name : undefined;
}

/** `sw_vers` of macOS. */
export function swVers(text: string): Os {
  const values = keyValues(text);
  return {
    ...present({
      name: given(values.get('ProductName')),
      id: 'macos',
      version: given(values.get('ProductVersion')),
      build: given(values.get('BuildVersion')),
    }),
  };
}
