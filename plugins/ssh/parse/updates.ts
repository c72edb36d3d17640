/** Updates that wait, by what the package managers know without asking anybody, and whether the kernel that runs is the newest. */
import type { SectionData } from 'ksocket/plugin';
import { linesOf, present, wordsOf } from './text.js';

export type PendingUpdate = NonNullable<SectionData['security']['pendingUpdates']>[number];

/** `openssl/oldstable-security 3.0.17 amd64 [upgradable from: 3.0.16]`; several archives stand with commas. */
export function apt(text: string): PendingUpdate[] {
  return linesOf(text).flatMap((line) => {
    const match = /^([^/ ]{1,200})\/(\S{1,300}) (\S{1,200}) \S{1,50} \[upgradable from: ([^\]]{1,200})\]$/.exec(line);
    if (match === null) return [];
    const [, name = '', archives = '', version, installed] = match;
    return [{ name, ...present({ version, installed }), security: archives.includes('-security'), source: 'apt' }];
  });
}

/** `kernel.x86_64   5.14.0-427.el9   baseos`; a long name breaks the line. The list of what is obsolete follows another heading. */
export function dnf(text: string): PendingUpdate[] {
  const found: PendingUpdate[] = [];
  let broken: string | undefined;
  for (const line of linesOf(text)) {
    if (line.startsWith('Obsoleting Packages') || line.startsWith('Security:')) break;
    const words = [...(broken === undefined ? [] : [broken]), ...wordsOf(line)];
    broken = words.length === 1 && words[0]?.includes('.') ? words[0] : undefined;
    const [full = '', version, , ...more] = words;
    const at = full.lastIndexOf('.');
    if (
      words.length !== 3 ||
      more.length > 0 ||
      at <= 0 ||
      !/^(?:noarch|[a-z][a-z0-9_]{2,15})$/.test(full.slice(at + 1))
    )
      continue;
    found.push({ name: full.slice(0, at), ...present({ version }), source: 'dnf' });
  }
  return found;
}

/** `v | repo-update | openssl | 3.0.8-1 | 3.0.8-2 | x86_64` */
export function zypper(text: string): PendingUpdate[] {
  return linesOf(text).flatMap((line) => {
    const [mark, , name, installed, version, arch] = line.split('|').map((it) => it.trim());
    return mark === 'v' && name && arch ? [{ name, ...present({ version, installed }), source: 'zypper' }] : [];
  });
}

/** `busybox-1.36.1-r28   < 1.36.1-r29` of `apk version`. */
export function apk(text: string): PendingUpdate[] {
  return linesOf(text).flatMap((line) => {
    const [full = '', less, version] = wordsOf(line);
    const match = /^(.{1,200})-(\d[^-]{0,100}-r\d{1,9})$/.exec(full);
    if (less !== '<' || match === null || version === undefined) return [];
    return [{ name: match[1] ?? '', ...present({ version, installed: match[2] }), source: 'apk' }];
  });
}

/** `linux 6.9.1.arch1-1 -> 6.9.2.arch1-1`; an ignored one ends in `[ignored]`. */
export function pacman(text: string): PendingUpdate[] {
  return linesOf(text).flatMap((line) => {
    const [name, installed, arrow, version] = wordsOf(line);
    return name && arrow === '->' && version ? [{ name, ...present({ version, installed }), source: 'pacman' }] : [];
  });
}

/** `dnsmasq - 2.86-16 - 2.86-17` of `opkg list-upgradable`. */
export function opkg(text: string): PendingUpdate[] {
  return linesOf(text).flatMap((line) => {
    const [name, installed, version, ...more] = line.split(' - ').map((it) => it.trim());
    return name && version && more.length === 0 ? [{ name, ...present({ version, installed }), source: 'opkg' }] : [];
  });
}

/**
 * The part `kernels`: the kernel that runs, what is in /boot and /lib/modules, and marks that package managers leave. A newer
 * kernel of the same flavour is certain; that nothing waits is known only where something would have left a mark.
 */
export function rebootRequired(text: string): boolean | undefined {
  const [running = '', ...lines] = linesOf(text);
  const marks = lines.filter((it) => it.startsWith('exists:')).map((it) => it.slice('exists:'.length));
  if (marks.some((it) => it.endsWith('/reboot-required') || it.endsWith('/reboot-needed'))) return true;
  const installed = new Set<string>();
  const modules = new Set<string>();
  for (const path of lines) {
    const name = path.split('/').at(-1) ?? '';
    if (path.startsWith('/boot/vmlinuz-')) installed.add(name.slice('vmlinuz-'.length));
    else if (path.startsWith('/lib/modules/')) modules.add(name);
  }
  // A container, or a kernel that did not come from this system: nothing here belongs to it.
  if (installed.has(running) || modules.has(running)) {
    const flavour = flavourOf(running);
    for (const it of installed) if (flavourOf(it) === flavour && compare(it, running) > 0) return true;
  }
  return marks.length > 0 ? false : undefined;
}

/** `amd64` of `6.1.0-37-amd64`, `generic` of `5.15.0-101-generic`, `el9.x86_64` of `5.14.0-427.13.1.el9.x86_64`. */
function flavourOf(release: string): string {
  return /[a-z].{0,100}$/i.exec(release)?.[0].replace(/_\d+(?=\.)/, '') ?? '';
}

/** Numbers by value, in the order in which they stand. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((it) => it.match(/\d{1,9}/g)?.map(Number) ?? []) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
