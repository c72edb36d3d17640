/** Installed packages, one function a package manager. */
import type { SectionData } from 'ksocket/plugin';
import { given, linesOf, present, wordsOf } from './text.js';

export type Package = NonNullable<SectionData['software']['packages']>[number];

/** `install ok installed␉bash␉5.2.15-2+b7␉amd64` (dpkg-query(1)); removed packages with left configuration drop out. */
export function dpkg(text: string): Package[] {
  return tabbed(text, ([status = '', name, version, arch]) =>
    status.endsWith(' installed') ? { name, version, arch, source: 'dpkg' } : undefined,
  );
}

/** `bash␉5.1.8-6.el9␉x86_64`; gpg-pubkey entries are imported keys, not software. */
export function rpm(text: string): Package[] {
  return tabbed(text, ([name, version, arch]) =>
    name === 'gpg-pubkey' ? undefined : { name, version, arch: arch === '(none)' ? undefined : arch, source: 'rpm' },
  );
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

function tabbed(
  text: string,
  read: (
    fields: string[],
  ) =>
    | { name: string | undefined; version?: string | undefined; arch?: string | undefined; source: string }
    | undefined,
): Package[] {
  return linesOf(text).flatMap((line) => {
    const it = read(line.split('\t'));
    const name = given(it?.name);
    if (it === undefined || name === undefined) return [];
    return [{ name, ...present({ version: given(it.version), arch: given(it.arch) }), source: it.source }];
  });
}
