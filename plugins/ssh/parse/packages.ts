/** Installed packages, one function a package manager. */
import type { SectionData } from 'ksocket/plugin';
import { given, linesOf, present, timeOf, wholeNumber, wordsOf } from './text.js';

export type Package = NonNullable<SectionData['software']['packages']>[number];

/** States in which all files of a package are there (dpkg(1)); an update that was broken off leaves the last two. */
const dpkgStates = new Set(['installed', 'triggers-pending', 'triggers-awaited', 'half-configured', 'unpacked']);

/** `install ok installed␉bash␉5.2.15-2+b7␉amd64` (dpkg-query(1)); removed packages with left configuration drop out. */
export function dpkg(text: string): Package[] {
  return tabbed(text, ([status = '', name, version, arch]) =>
    dpkgStates.has(status.split(' ')[2] ?? '') ? { name, version, arch, source: 'dpkg' } : undefined,
  );
}

/** `bash␉5.1.8-6.el9␉x86_64␉1701234567␉Red Hat, Inc.`; gpg-pubkey entries are imported keys, not software. */
export function rpm(text: string): Package[] {
  const bare = (value: string | undefined) => (value === '(none)' ? undefined : value);
  return tabbed(text, ([name, version, arch, installed, vendor]) => {
    if (name === 'gpg-pubkey') return undefined;
    const installedAt = timeOf(wholeNumber(installed) ?? Number.NaN);
    return { name, version, arch: bare(arch), source: 'rpm', ...present({ installedAt, vendor: given(bare(vendor)) }) };
  });
}

/** `bash␉5.2.15␉FreeBSD:14:amd64` of `pkg query '%n\t%v\t%q'`. */
export function pkg(text: string): Package[] {
  return tabbed(text, ([name, version, arch]) => ({ name, version, arch, source: 'pkg' }));
}

/** `musl-1.2.4-r2`: name, version and release, and both of the latter begin with a digit or `r` and a digit (apk(8)). */
export function apk(text: string): Package[] {
  const packages: Package[] = [];
  for (const line of linesOf(text)) {
    const parts = line.trim().split('-');
    const [version, release] = parts.slice(-2);
    if (parts.length < 3 || !version || !release || !/^\d/.test(version) || !/^r\d+$/.test(release)) continue;
    packages.push({ name: parts.slice(0, -2).join('-'), version: `${version}-${release}`, source: 'apk' });
  }
  return packages;
}

/** `bash 5.1.016-1` */
export function pacman(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [name, version, ...more] = wordsOf(line);
    return name && version && more.length === 0 ? [{ name, version, source: 'pacman' }] : [];
  });
}

/** `busybox - 1.36.1-1`; some versions add ` - ` and a size. */
export function opkg(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [name, version] = line.split(' - ').map(given);
    return name && version && !name.includes(' ') ? [{ name, version, source: 'opkg' }] : [];
  });
}

interface Row {
  readonly name: string | undefined;
  readonly version?: string | undefined;
  readonly arch?: string | undefined;
  readonly source: string;
  readonly installedAt?: string;
  readonly vendor?: string;
}

function tabbed(text: string, read: (fields: string[]) => Row | undefined): Package[] {
  return linesOf(text).flatMap((line) => {
    const it = read(line.split('\t'));
    const name = given(it?.name);
    if (it === undefined || name === undefined) return [];
    const { version, arch, ...rest } = it;
    const { name: _, source, ...more } = rest;
    return [{ name, ...present({ version: given(version), arch: given(arch) }), ...more, source }];
  });
}
