/**
 * Set-up of the tests: as root on Debian the packages of the peers (real OpenSSH, net-snmp, libpcap, Avahi, Samba, Chromium, proxies) are installed
 * once, saying so; elsewhere it says what will be skipped. Installed servers are not started: the tests start their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian package, and the file by which its presence is seen. */
const peers: readonly (readonly [name: string, file: string])[] = [
  ['openssh-server', '/usr/sbin/sshd'],
  ['openssh-client', '/usr/bin/ssh'],
  // Key files of PuTTY, and one-time passwords in PAM.
  ['putty-tools', '/usr/bin/puttygen'],
  ['libpam-oath', '/usr/share/doc/libpam-oath/copyright'],
  ['snmpd', '/usr/sbin/snmpd'],
  ['snmp', '/usr/bin/snmpwalk'],
  ['python3-pysnmp4', '/usr/lib/python3/dist-packages/pysnmp/__init__.py'],
  ['libpcap-dev', '/usr/include/pcap.h'],
  ['iproute2', '/usr/sbin/ip'],
  ['iputils-ping', '/usr/bin/ping'],
  ['procps', '/usr/sbin/sysctl'],
  ['acl', '/usr/bin/setfacl'],
  ['attr', '/usr/bin/setfattr'],
  ['strace', '/usr/bin/strace'],
  ['systemd', '/usr/bin/systemd-analyze'],
  ['openssl', '/usr/bin/openssl'],
  ['bzip2', '/usr/bin/bzip2'],
  ['zsh', '/usr/bin/zsh'],
  // Shells that a host may have as /bin/sh, or an account as its own.
  ['busybox-static', '/bin/busybox'],
  ['ksh93u+m', '/bin/ksh93'],
  ['mksh', '/bin/mksh'],
  ['yash', '/usr/bin/yash'],
  ['posh', '/usr/bin/posh'],
  ['fish', '/usr/bin/fish'],
  ['tcsh', '/bin/tcsh'],
  ['csh', '/usr/bin/bsd-csh'],
  ['mandoc', '/usr/bin/mandoc'],
  ['man-db', '/usr/bin/man'],
  ['chromium', '/usr/bin/chromium'],
  ['tinyproxy-bin', '/usr/bin/tinyproxy'],
  ['microsocks', '/usr/bin/microsocks'],
  ['stunnel4', '/usr/bin/stunnel4'],
  ['avahi-daemon', '/usr/sbin/avahi-daemon'],
  ['samba', '/usr/sbin/nmbd'],
];

/** Debian's package would make it the resolver of this machine (/etc/resolv.conf), so it is unpacked and not installed. */
const unpacked = { name: 'systemd-resolved', into: '/var/lib/ksocket-test/systemd-resolved' } as const;
/** Only for long tests, and only for those that are run: wine takes 670 MB of disk. */
const systemPeers: readonly (readonly [name: string, file: string, usedBy: RegExp])[] = [
  ['wine64', '/usr/lib/wine/wine64', /windows/],
  ['systemd-container', '/usr/bin/systemd-nspawn', /systemd|manual/],
  ['mmdebstrap', '/usr/bin/mmdebstrap', /systemd|manual|package/],
  ['rpm', '/usr/bin/rpmbuild', /manual|package/],
  // Other programs that say what a host is.
  ['ansible-core', '/usr/bin/ansible', /second-opinion/],
  ['python3-apt', '/usr/lib/python3/dist-packages/apt/__init__.py', /second-opinion/],
  ['net-tools', '/usr/bin/netstat', /second-opinion/],
  ['cron', '/usr/bin/crontab', /second-opinion/],
  ['flex', '/usr/bin/flex', /manual|package|install/],
  ['bison', '/usr/bin/bison', /manual|package|install/],
  ['gcc-mingw-w64-x86-64', '/usr/bin/x86_64-w64-mingw32-gcc', /package\/windows/],
  ['zip', '/usr/bin/zip', /package\/windows/],
  ['unzip', '/usr/bin/unzip', /package\/windows/],
];

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * @param files the test files that will be run
 * @returns sentences about what is missing; empty when everything is there
 */
export function setUp(files: readonly string[]): string[] {
  const long = files.filter((file) => file.endsWith('.system.js'));
  const wanted = [...peers, ...systemPeers.filter(([, , usedBy]) => long.some((file) => usedBy.test(file)))];
  const missing = wanted.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  const notes: string[] = [];
  if (missing.length > 0) {
    if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(missing);
    else
      notes.push(
        `tests of real peers are skipped without the packages ${missing.join(', ')} (as root on Debian the tests install them)`,
      );
  }
  if (process.getuid?.() !== 0) notes.push('tests in network namespaces are skipped: they need root');
  if (!process.env.KSOCKET_RECORDINGS)
    notes.push('tests with recorded devices are skipped: KSOCKET_RECORDINGS names no folder');
  buildPcap();
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) unpack();
  const still = wanted.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (still.length > 0 && process.getuid?.() === 0)
    notes.push(`could not install ${still.join(', ')}; their tests are skipped`);
  return notes;
}

function install(packages: readonly string[]): void {
  process.stdout.write(`installing Debian packages for the tests, once: ${packages.join(' ')}\n`);
  const guarded = !existsSync(policyFile);
  // Debian starts a server when it is installed; 101 forbids it (invoke-rc.d(8)).
  if (guarded) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    if (guarded) rmSync(policyFile, { force: true });
  }
}

function unpack(): void {
  const { name, into } = unpacked;
  if (existsSync(into) || existsSync(`/lib/systemd/${name}`)) return;
  process.stdout.write(`unpacking the Debian package ${name} for the tests, once, below ${into}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-setup-'));
  try {
    const download = () =>
      spawnSync('apt-get', ['download', '-qq', name], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    // A new machine has no lists yet.
    if (download().status !== 0) {
      spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] });
      download();
    }
    const [file] = readdirSync(folder);
    if (file === undefined) {
      process.stdout.write(`${name} could not be had; its test says so\n`);
      return;
    }
    mkdirSync(into, { recursive: true });
    spawnSync('dpkg-deb', ['--extract', join(folder, file), into], { stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An optional dependency that could not be built at `npm ci` is gone; with libpcap-dev there it can be built now. */
function buildPcap(): void {
  const require = createRequire(import.meta.url);
  try {
    require.resolve('pcap');
    return;
  } catch {
    if (!existsSync('/usr/include/pcap.h')) return;
  }
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const wanted = `pcap@${manifest.optionalDependencies.pcap}`;
  process.stdout.write(`building ${wanted} now that libpcap-dev is there\n`);
  const built = spawnSync(
    'npm',
    ['install', '--no-save', '--ignore-scripts=false', '--no-audit', '--no-fund', wanted],
    {
      env: { ...process.env, npm_config_ignore_scripts: 'false' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (built.status !== 0) process.stdout.write(`${wanted} could not be built; its tests are skipped\n`);
}
