/** Package managers that keep plain files, or that come beside the distribution's own. */
import type { Package } from './packages.js';
import { given, linesOf, present, timeOf, wholeNumber, wordsOf } from './text.js';

/** `P:busybox`, `V:1.36.1-r28`, `A:x86_64` of apk’s database (apk-v2(5)). */
export function apkDatabase(text: string): Package[] {
  const packages: Package[] = [];
  let current: Package | undefined;
  for (const line of linesOf(text)) {
    const value = given(line.slice(2));
    if (value === undefined) continue;
    if (line.startsWith('P:')) {
      current = { name: value, source: 'apk' };
      packages.push(current);
    } else if (current && line.startsWith('V:')) current.version = value;
    else if (current && line.startsWith('A:')) current.arch = value;
  }
  return packages;
}

/** `%NAME%` and its value on the next line, in the `desc` file of each package (alpm-db-desc(5)). */
export function pacmanDatabase(text: string): Package[] {
  const packages: Package[] = [];
  let current: Package | undefined;
  let field = '';
  for (const line of linesOf(text)) {
    if (line.startsWith('%')) {
      field = line;
      continue;
    }
    const value = given(line);
    if (value === undefined || value === '--') continue;
    if (field === '%NAME%') {
      current = { name: value, source: 'pacman' };
      packages.push(current);
    } else if (current !== undefined) {
      if (field === '%VERSION%') current.version = value;
      else if (field === '%ARCH%') current.arch = value;
      else if (field === '%INSTALLDATE%')
        Object.assign(current, present({ installedAt: timeOf(wholeNumber(value) ?? Number.NaN) }));
    }
    field = '';
  }
  return packages;
}

/** `app-shells/bash-5.2_p26`: folders of /var/db/pkg (portage(5)); a version begins with a digit after the last such hyphen. */
export function portage(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const match = /^([\w.+-]{1,100}\/[\w.+-]{1,200}?)-(\d[\w.]{0,100}(?:-r\d{1,6})?)$/.exec(line);
    return match?.[1] === undefined ? [] : [{ name: match[1], ...present({ version: match[2] }), source: 'portage' }];
  });
}

/** `ii bash-5.2.15_1   The GNU Bourne Again Shell` of `xbps-query -l`. */
export function xbps(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [state, full = ''] = wordsOf(line);
    const at = full.lastIndexOf('-');
    if (state !== 'ii' || at <= 0) return [];
    return [{ name: full.slice(0, at), version: full.slice(at + 1), source: 'xbps' }];
  });
}

/** `bash-5.2.015-x86_64-1`: files of /var/lib/pkgtools/packages; version, architecture and build hold no hyphen. */
export function slackware(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const parts = line.trim().split('-');
    const [version, arch, build] = parts.slice(-3);
    if (parts.length < 4 || !version || !arch || !build) return [];
    return [{ name: parts.slice(0, -3).join('-'), version: `${version}-${build}`, arch, source: 'slackware' }];
  });
}

/** `core22  20240111  1122  latest/stable  canonical**  base`, below a heading. */
export function snap(text: string): Package[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const [name, version, revision, , publisher] = wordsOf(line);
      if (!name || !version || !/^x?\d{1,9}$/.test(revision ?? '')) return [];
      const vendor = publisher === undefined ? undefined : given(publisher.replace(/[*✓✪-]+$/, ''));
      return [{ name, version, ...present({ vendor }), source: 'snap' }];
    });
}

/** Application, version, architecture and origin, with tabs between. */
export function flatpak(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [name, version, arch, origin] = line.split('\t').map(given);
    if (name === undefined || !name.includes('.') || origin === undefined) return [];
    return [{ name, ...present({ version, arch }), source: 'flatpak' }];
  });
}
