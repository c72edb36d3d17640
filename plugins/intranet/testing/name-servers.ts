/**
 * Real servers that tell names on a link, each with its files in the test's folder and, where its folders are compiled in, a
 * /run of its own, so that those of the system stay as they are.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.js';

/** Samba's nmbd as the workstation FILESERVER of the workgroup OFFICE, on v0. */
export async function startNmbd(lab: Lab, space: string, folder: string, address: string): Promise<void> {
  const own = join(folder, 'nmbd');
  mkdirSync(own);
  const folders = ['lock directory', 'state directory', 'cache directory', 'pid directory', 'private dir'];
  const lines = [
    'netbios name = FILESERVER',
    'workgroup = OFFICE',
    `interfaces = v0 ${address}/24`,
    'bind interfaces only = yes',
    'local master = no',
    'domain master = no',
    ...[...folders, 'ncalrpc dir', 'binddns dir'].map((name) => `${name} = ${own}`),
    `log file = ${own}/log`,
  ];
  writeFileSync(join(own, 'smb.conf'), `[global]\n${lines.join('\n')}\n`);
  const command = ['nmbd', '--foreground', '--no-process-group', '--debug-stdout', '-s', join(own, 'smb.conf')];
  await lab.daemon(space, command, /started/);
}

/** avahi-daemon as printer.local, on v0. */
export async function startAvahi(lab: Lab, space: string, folder: string): Promise<void> {
  const file = join(folder, 'avahi.conf');
  const server = 'host-name=printer\nuse-ipv6=no\nallow-interfaces=v0\nenable-dbus=no\n';
  writeFileSync(file, `[server]\n${server}[publish]\npublish-hinfo=no\npublish-workstation=no\n`);
  const command = `exec avahi-daemon --no-drop-root --no-chroot --no-proc-title -f ${file}`;
  const run = 'mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon';
  await lab.daemon(space, ['unshare', '--mount', 'sh', '-c', `${run} && ${command}`], /startup complete/);
}

/**
 * Where systemd-resolved is, if it runs here. Debian's package would make it the machine's own resolver, so the set-up of the
 * tests only unpacks it.
 */
export function resolvedProgram(): string | undefined {
  const places = [
    '/lib/systemd/systemd-resolved',
    '/var/lib/ksocket-test/systemd-resolved/lib/systemd/systemd-resolved',
  ];
  return places.find((it) => spawnSync(it, ['--version']).status === 0);
}

/** systemd-resolved with LLMNR and nothing else, as `desk`; its account exists only in its own mount namespace. */
export async function startResolved(lab: Lab, space: string, folder: string, program: string): Promise<void> {
  const file = join(folder, 'resolved.conf');
  const off = ['MulticastDNS=no', 'DNSStubListener=no', 'DNS=', 'FallbackDNS=', 'Cache=no'];
  writeFileSync(file, `[Resolve]\nLLMNR=yes\n${off.join('\n')}\n`);
  const id = 48_214;
  const script = [
    'set -e',
    'hostname desk',
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d',
    `cp ${file} /run/systemd/resolved.conf.d/test.conf`,
    `(cat /etc/passwd; echo systemd-resolve:x:${id}:${id}::/:/bin/false) > /run/passwd`,
    `(cat /etc/group; echo systemd-resolve:x:${id}:) > /run/group`,
    'mount --bind /run/passwd /etc/passwd',
    'mount --bind /run/group /etc/group',
    `chown ${id}:${id} /run/systemd/resolve`,
    `SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec ${program}`,
  ];
  // It asks three times whether the name is taken before it answers (RFC 4795, 4).
  await lab.daemon(
    space,
    ['unshare', '--mount', '--uts', 'sh', '-c', script.join('\n')],
    /A 10\S+ successfully probed/,
  );
}
