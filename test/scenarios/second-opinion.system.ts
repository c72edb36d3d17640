/**
 * What Ksocket says of a Debian host, beside what other programs say of the same host at the same moment: Ansible's facts, and the
 * host's own tools in other forms than those that the collector reads. Nothing here was invented by us, so it finds what recorded
 * cases cannot. Fields are equal to the letter unless a line says why not.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { labMissing } from '../lab/index.js';
import { programs } from './second-opinion/furnished.js';
import type { Host } from './second-opinion/host.js';
import { furnished, machine, type Place } from './second-opinion/hosts.js';

const tools = [
  '/usr/bin/ansible',
  '/usr/bin/netstat',
  '/usr/bin/crontab',
  '/usr/lib/python3/dist-packages/apt/__init__.py',
];
const lacking = [...(await labMissing()), ...tools.filter((it) => !existsSync(it))];
const skip = lacking.length > 0 ? `needs ${lacking.join(', ')}` : false;

const sorted = <T>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const same = (ours: readonly unknown[], theirs: readonly unknown[], about?: string) =>
  assert.deepEqual(sorted(ours), sorted(theirs), about);

for (const [name, open] of [
  ['this machine', machine],
  ['a furnished host', furnished],
] as const) {
  suite(name, { skip }, () => {
    let place: Place;
    let host: Host;
    before(async () => {
      place = await open();
      host = place.host;
    });
    after(() => place?.close());
    compare(() => host);
    if (name === 'a furnished host') compareFurniture(() => host);
  });
}

function compare(hostOf: () => Host): void {
  test('the operating system is the one that Ansible finds', async () => {
    const { sections, ...host } = { sections: hostOf().sections, facts: await hostOf().facts() };
    const { os, identity } = sections;
    const facts = host.facts;
    assert.equal(os?.hostname, facts.ansible_nodename);
    assert.equal(os?.architecture, facts.ansible_machine);
    assert.equal(os?.kernel?.release, facts.ansible_kernel);
    assert.equal(os?.kernel?.version, facts.ansible_kernel_version);
    assert.equal(os?.id, facts.ansible_distribution.toLowerCase());
    assert.equal(os?.version, facts.ansible_distribution_version);
    assert.equal(identity?.machineId, facts.ansible_machine_id);
  });

  test('it was booted when uptime says, within two seconds', async () => {
    const { os } = hostOf().sections;
    const { ansible_date_time: now, ansible_uptime_seconds: up } = await hostOf().facts();
    const boot = Date.parse(os?.bootTime ?? '') / 1000;
    // Ansible reads the clock and the uptime, cut to seconds, one after the other.
    assert.ok(Math.abs(boot - (Number(now.epoch) - up)) <= 2, `${boot}`);
    const [since = ''] = await hostOf().lines('uptime', '-s');
    // procps prints local time and rounds.
    const [seconds = ''] = await hostOf().lines('date', '-d', since, '+%s');
    assert.ok(Math.abs(boot - Number(seconds)) <= 2, `${boot} ${since}`);
  });

  test('memory is counted as the kernel does, and as Ansible does in MiB', async () => {
    const { memory } = hostOf().sections.hardware ?? {};
    const facts = await hostOf().facts();
    const rows = await hostOf().lines('cat', '/proc/meminfo');
    const kernel = (key: string) => Number(rows.find((it) => it.startsWith(`${key}:`))?.split(/ +/)[1]);
    assert.equal(memory?.totalKiB, kernel('MemTotal'));
    assert.equal(memory?.swapKiB, kernel('SwapTotal'));
    assert.equal(Math.floor((memory?.totalKiB ?? 0) / 1024), facts.ansible_memtotal_mb);
    assert.equal(Math.floor((memory?.swapKiB ?? 0) / 1024), facts.ansible_swaptotal_mb);
  });

  test('processors are counted as lscpu and Ansible count them', async () => {
    const { cpu, virtualization } = hostOf().sections.hardware ?? {};
    const facts = await hostOf().facts();
    const { lscpu } = await hostOf().json<{ lscpu: Fields[] }>('lscpu', '-J');
    const flat = (rows: Fields[]): Fields[] => rows.flatMap((it) => [it, ...flat(it.children ?? [])]);
    const field = (key: string) => flat(lscpu).find((it) => it.field === `${key}:`)?.data ?? '';
    assert.equal(cpu?.sockets, Number(field('Socket(s)')));
    assert.equal(cpu?.cores, Number(field('Socket(s)')) * Number(field('Core(s) per socket')));
    assert.equal(cpu?.threads, Number(field('CPU(s)')));
    assert.equal(cpu?.packages?.[0]?.model, field('Model name'));
    assert.equal(cpu?.sockets, facts.ansible_processor_count);
    assert.equal(cpu?.threads, facts.ansible_processor_vcpus);
    assert.equal(cpu?.packages?.[0]?.cores, facts.ansible_processor_cores);
    assert.equal(virtualization, facts.ansible_virtualization_type);
  });

  test('drives are those of lsblk that are neither loops nor memory', async () => {
    const { blockdevices } = await hostOf().json<{ blockdevices: Disk[] }>(
      'lsblk',
      '-J',
      '-b',
      '-d',
      '-o',
      'NAME,TYPE,SIZE,SERIAL',
    );
    const { drives = [] } = hostOf().sections.hardware?.storage ?? {};
    const disks = blockdevices.filter(
      (it) => it.type === 'disk' && !/^(?:zram|ram)/.test(it.name) && Number(it.size) > 0,
    );
    same(
      drives.map((it) => ({ name: it.name, size: (it.sizeKiB ?? 0) * 1024 })),
      disks.map((it) => ({ name: it.name, size: Number(it.size) })),
    );
    // Without udev lsblk knows no serial number; /sys/block, which we read first, has it all the same.
    for (const it of disks)
      if (it.serial !== null) assert.equal(drives.find(({ name }) => name === it.name)?.serial, it.serial);
    const { ansible_devices: devices } = await hostOf().facts();
    for (const it of drives) assert.equal(it.sizeKiB, Math.floor(Number(devices[it.name]?.sectors) / 2));
  });

  test('file systems are where findmnt finds them, as large as statvfs says', async () => {
    const { filesystems: mounted } = await hostOf().json<{ filesystems: Mount[] }>(
      'findmnt',
      '-J',
      '-b',
      '-l',
      '-o',
      'SOURCE,TARGET,FSTYPE,SIZE',
    );
    const { filesystems = [] } = hostOf().sections.hardware?.storage ?? {};
    assert.ok(filesystems.length > 0);
    for (const it of filesystems) {
      // Blanks at the end of a text stay on the host.
      const found = mounted.findLast((row) => row.target.trimEnd() === it.mount);
      assert.equal(it.type, found?.fstype, it.mount);
      // df rounds up to whole KiB.
      assert.equal(it.sizeKiB, Math.ceil(Number(found?.size) / 1024), it.mount);
      // findmnt adds the folder that a bind mount shows.
      if (it.device !== undefined) assert.equal(it.device, found?.source.replace(/\[.*\]$/, ''), it.mount);
    }
    // df names a device once, wherever else it is mounted.
    const storing = mounted.filter((it) => ['ext4', 'xfs', 'btrfs', 'vfat'].includes(it.fstype));
    same(
      [...new Set(filesystems.map((it) => it.device).filter((it) => it?.startsWith('/dev/')))],
      [...new Set(storing.map((it) => it.source.replace(/\[.*\]$/, '')))],
    );
    const { ansible_mounts: mounts } = await hostOf().facts();
    for (const it of filesystems) {
      const theirs = mounts.find((row) => row.mount === it.mount)?.size_total;
      if (theirs !== undefined) assert.equal(it.sizeKiB, Math.ceil(theirs / 1024), it.mount);
    }
  });

  test('interfaces and their addresses are those of ip -j', async () => {
    const links = await hostOf().json<IpLink[]>('ip', '-j', '-d', 'addr');
    const { interfaces = [] } = hostOf().sections.network ?? {};
    same(
      interfaces.map((it) => ({
        ...{
          name: it.name,
          index: it.index,
          mtu: it.mtu,
          admin: it.admin,
          link: it.link,
          mac: it.mac,
          alias: it.alias,
        },
        ...{ master: it.master, parent: it.parent, vlanId: it.vlanId },
        addresses: sorted((it.addresses ?? []).map((at) => `${at.address}/${at.prefix ?? 'peer'}`)),
      })),
      links.map((it) => ({
        ...{ name: it.ifname, index: it.ifindex, mtu: it.mtu, alias: it.ifalias, master: it.master },
        admin: it.flags.includes('UP') ? 'up' : 'down',
        link: it.flags.includes('LOWER_UP') ? 'up' : 'down',
        mac: it.link_type === 'ether' ? it.address : undefined,
        // The other end of a veth pair is no interface below it; a VXLAN has its own in the details.
        parent: it.linkinfo?.info_kind === 'veth' ? undefined : (it.link ?? it.linkinfo?.info_data?.link),
        vlanId: it.linkinfo?.info_kind === 'vlan' ? it.linkinfo.info_data?.id : undefined,
        // The length that stands behind a peer is the peer's.
        addresses: sorted(it.addr_info.map((at) => `${at.local}/${at.address === undefined ? at.prefixlen : 'peer'}`)),
      })),
    );
    const facts = await hostOf().facts();
    const addresses = interfaces.flatMap((it) => (it.addresses ?? []).map((at) => at.address));
    const loopback = ['127.0.0.1', '::1'];
    same(
      addresses.filter((it) => !loopback.includes(it)),
      [...facts.ansible_all_ipv4_addresses, ...facts.ansible_all_ipv6_addresses],
    );
  });

  test('routes of all tables, gateways, neighbours and name servers are those of ip -j and Ansible', async () => {
    const { routes = [], gateways = [], neighbours = [], dns } = hostOf().sections.network ?? {};
    const theirs = await Promise.all(
      (['-4', '-6'] as const).map(async (family) => {
        const rows = await hostOf().json<IpRoute[]>('ip', '-j', family, 'route', 'show', 'table', 'all');
        return rows.filter(isForwarding).flatMap((it) => hopsOf(it, family));
      }),
    );
    same(
      routes.map(({ destination, gateway, interface: dev, table }) => [destination, gateway, dev, table]),
      theirs.flat(),
    );
    const facts = await hostOf().facts();
    for (const [it, zero] of [
      [facts.ansible_default_ipv4, '.'],
      [facts.ansible_default_ipv6, ':'],
    ] as const) {
      const found = gateways.find(({ address }) => address.includes(zero));
      assert.deepEqual([found?.address, found?.interface], [it.gateway, it.interface]);
    }
    const known = await hostOf().json<IpNeighbour[]>('ip', '-j', 'neigh');
    same(
      neighbours.map((it) => [it.address, it.mac, it.interface]),
      known
        .filter((it) => it.lladdr !== undefined && !it.state.includes('FAILED'))
        .map((it) => [it.dst, it.lladdr, it.dev]),
    );
    assert.deepEqual(dns, facts.ansible_dns.nameservers);
  });

  test('listening sockets are those of netstat', async () => {
    const rows = (await hostOf().lines('netstat', '-tulnp')).filter((it) => /^(?:tcp|udp)/.test(it));
    const { listeners = [] } = hostOf().sections.network ?? {};
    same(
      listeners.map((it) => `${it.protocol} ${it.address} ${it.port} ${it.pid ?? '-'}`),
      [
        ...new Set(
          rows.map((row) => {
            const [protocol = '', , , local = '', , ...rest] = row.split(/ +/);
            const at = local.lastIndexOf(':');
            const pid = /(\d+)\//.exec(rest.join(' '))?.[1] ?? '-';
            return `${protocol.slice(0, 3)} ${local.slice(0, at)} ${local.slice(at + 1)} ${pid}`;
          }),
        ),
      ],
    );
  });

  test('packages are those that apt takes for installed', async () => {
    const { packages: theirs } = await hostOf().module<{ packages: Record<string, Package[]> }>('package_facts');
    const { packages = [] } = hostOf().sections.software ?? {};
    const row = (it: Package) => `${it.name} ${it.version} ${it.arch}`;
    const halves = await hostOf().lines('dpkg-query', '-W', statusFormat);
    // apt counts what was unpacked in part; its files may be anybody's.
    const inPart = new Set(halves.filter((it) => it.startsWith('half-installed ')).map((it) => it.split(' ')[1]));
    same(
      packages.map((it) => row(it as Package)),
      Object.values(theirs)
        .flat()
        .map((it) => ({ ...it, name: it.name.split(':', 1)[0]! }))
        .filter((it) => !inPart.has(it.name))
        .map(row),
    );
  });

  test('updates that wait are those of apt’s own library', async () => {
    const said = await hostOf().lines('/usr/bin/python3', '-c', upgradable);
    const { pendingUpdates } = hostOf().sections.security ?? {};
    // The lab leaves apt's lists out.
    const [lists] = await hostOf().lines('sh', '-c', 'ls -d /var/lib/apt/lists 2>/dev/null || :');
    if (lists === undefined) return assert.equal(pendingUpdates, undefined);
    assert.ok(pendingUpdates !== undefined);
    same(
      pendingUpdates.map((it) => `${it.name} ${it.version} ${it.installed}`),
      said,
    );
  });

  test('services are those that Ansible knows', async () => {
    const { services: theirs } = await hostOf().module<{ services: Record<string, { source: string }> }>(
      'service_facts',
    );
    const { services = [] } = hostOf().sections.software ?? {};
    const names = new Set(services.map((it) => it.name));
    for (const [name, { source }] of Object.entries(theirs))
      if (source === services[0]?.manager || (source === 'sysv' && services[0]?.manager === 'sysv'))
        assert.ok(names.has(name.replace(/\.service$/, '')), name);
  });

  test('users and groups are those of getent, without what a directory service would add', async () => {
    const { users = [], groups = [] } = hostOf().sections.security ?? {};
    const fields = async (database: string) =>
      (await hostOf().lines('getent', '-s', 'files', database))
        .map((it) => it.split(':'))
        .filter(([name]) => !name?.startsWith('+'));
    same(
      users.map((it) => [it.name, it.uid, it.gid, it.fullName ?? '', it.home ?? '', it.shell ?? '']),
      (await fields('passwd')).map(([name, , uid, gid, comment = '', home, shell]) => [
        name,
        uid,
        gid,
        comment.split(',')[0],
        home,
        shell,
      ]),
    );
    same(
      groups.map((it) => [it.name, it.gid, (it.members ?? []).join(',')]),
      (await fields('group')).map(([name, , gid, members]) => [name, gid, members]),
    );
  });

  test('certificates are read as openssl reads them', async () => {
    const { certificates = [] } = hostOf().sections.security ?? {};
    for (const it of certificates) {
      const shown = [
        '-noout',
        '-nameopt',
        'RFC2253,utf8,-esc_msb',
        '-subject',
        '-issuer',
        '-serial',
        '-dates',
        '-fingerprint',
        '-sha256',
      ];
      const said = await hostOf().ask('openssl', 'x509', '-in', it.path ?? '', ...shown, '-ext', 'subjectAltName');
      const field = (key: string) =>
        said
          .split('\n')
          .find((line) => line.startsWith(`${key}=`))
          ?.slice(key.length + 1);
      // A file may hold others before it; openssl shows the first.
      if (field('sha256 Fingerprint')?.replaceAll(':', '').toLowerCase() !== it.fingerprint) continue;
      assert.equal(it.subject, field('subject'));
      assert.equal(it.issuer, field('issuer'));
      assert.equal(it.serial, field('serial')?.toLowerCase());
      assert.equal(Date.parse(it.notBefore ?? ''), Date.parse(field('notBefore') ?? ''));
      assert.equal(Date.parse(it.notAfter ?? ''), Date.parse(field('notAfter') ?? ''));
      const names = [...said.matchAll(/(?:DNS|IP Address):([^,\n]+)/g)].map(([, value]) => value ?? '');
      // 250 are kept, and openssl writes IPv6 in full.
      assert.deepEqual((it.names ?? []).map(inFull), names.slice(0, 250).map(inFull));
    }
  });
}

function compareFurniture(hostOf: () => Host): void {
  test('the host key that let us in is the one that Ansible reads', async () => {
    const { ansible_ssh_host_key_ed25519_public: key = '' } = await hostOf().facts();
    const said = await hostOf().ask('sh', '-c', `echo ssh-ed25519 ${key} | ssh-keygen -lf -`);
    assert.deepEqual(hostOf().sections.identity?.hostKeys, [said.split(' ')[1]]);
  });

  test('a program has the name that it gave itself', () => {
    const { listeners = [] } = hostOf().sections.network ?? {};
    for (const [port, name] of Object.entries(programs)) {
      const own = listeners.filter((it) => it.port === Number(port));
      assert.ok(own.length > 0 && own.every((it) => it.process === name), `${port} ${JSON.stringify(own)}`);
    }
  });

  test('who may log in is who has a password, or needs none, and has not run out', () => {
    const { users = [] } = hostOf().sections.security ?? {};
    const enabled = Object.fromEntries(users.map((it) => [it.name, it.enabled]));
    const expected = {
      open: true,
      expired: false,
      inactive: false,
      svc: false,
      locked: undefined,
      odd: undefined,
      u1: undefined,
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((it) => [it, enabled[it]])), expected);
  });

  test('of crontabs there is what cron would run, and nothing else', async () => {
    const { scheduledTasks = [] } = hostOf().sections.software ?? {};
    const own = scheduledTasks.filter((it) => it.user === 'odd');
    const listed = await hostOf().lines('crontab', '-u', 'odd', '-l');
    assert.deepEqual(
      own.map((it) => it.schedule),
      listed.map((it) =>
        it
          .split(' ')
          .slice(0, it.startsWith('@') ? 1 : 5)
          .join(' '),
      ),
    );
    assert.deepEqual(
      own.map((it) => it.name),
      ['/usr/bin/one', '/usr/bin/two', './three', '/four'],
    );
    const odd = scheduledTasks.filter((it) => it.from === '/etc/cron.d/odd');
    assert.deepEqual(
      odd.map((it) => [it.schedule, it.user, it.name]),
      [
        ['*/10 0-23/2 * * 1,3', 'www-data', '/usr/bin/php'],
        ['@reboot', 'root', '/opt/x'],
        ['0 0 1 jan *', 'root', '(not a plain command)'],
      ],
    );
    assert.ok(scheduledTasks.every((it) => it.name !== '/bin/never'));
    const daily = scheduledTasks.filter((it) => it.from === '/etc/cron.daily').map((it) => it.name);
    same(daily, await hostOf().lines('run-parts', '--test', '/etc/cron.daily'));
  });

  test('every certificate of a file without a private key is there once', async () => {
    const { certificates = [] } = hostOf().sections.security ?? {};
    const subjects = certificates.filter((it) => it.path?.startsWith('/etc/nginx/')).map((it) => it.subject);
    same(subjects as string[], [
      'CN=ec.example.org,O=Comma\\, Inc.+OU=R/D,C=JP',
      'CN=many',
      'CN=日本語,O=株式会社ヒノキ,C=JP',
      'CN=old.example.org',
    ]);
    const old = certificates.find((it) => it.subject === 'CN=old.example.org');
    assert.ok(Date.parse(old?.notAfter ?? '') < Date.parse(old?.notBefore ?? ''));
  });

  test('a package whose update was broken off is there, one that is gone is not', () => {
    const packages = new Map(hostOf().sections.software?.packages?.map((it) => [it.name, it]));
    assert.deepEqual(
      ['bc', 'bzip2', 'openssl', 'man-db', 'libodd', 'zsh', 'tcsh'].map((it) => packages.has(it)),
      [true, true, true, true, true, false, false],
    );
    assert.deepEqual(packages.get('libodd'), {
      name: 'libodd',
      version: '2:1.0~rc1+b2-3',
      arch: 'i386',
      source: 'dpkg',
    });
  });
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const statusFormat = '-f=${db:Status-Status} ${Package}\\n';

interface Fields {
  readonly field: string;
  readonly data: string | null;
  readonly children?: Fields[];
}
interface Disk {
  readonly name: string;
  readonly type: string;
  readonly size: number | string;
  readonly serial: string | null;
}
interface Mount {
  readonly source: string;
  readonly target: string;
  readonly fstype: string;
  readonly size: number | string | null;
}
interface Package {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}
interface IpLink {
  readonly ifname: string;
  readonly ifindex: number;
  readonly ifalias?: string;
  readonly link?: string;
  readonly link_type: string;
  readonly address?: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly id?: number; readonly link?: string };
  };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly address?: string }[];
}
interface Hop {
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly dev?: string;
}
interface IpRoute extends Hop {
  readonly type?: string;
  readonly dst: string;
  readonly table?: string;
  readonly nexthops?: readonly Hop[];
}
interface IpNeighbour {
  readonly dst: string;
  readonly lladdr?: string;
  readonly dev: string;
  readonly state: readonly string[];
}

/** Left out on purpose: routes to nowhere and to oneself, and the link-local ones that every interface has. */
function isForwarding({ type, dst }: IpRoute): boolean {
  return (type === undefined || type === 'unicast') && !/^(?:fe80|ff00|127|169\.254)/.test(dst);
}

function hopsOf(route: IpRoute, family: '-4' | '-6') {
  const [zero, length] = family === '-4' ? ['0.0.0.0/0', 32] : ['::/0', 128];
  const destination = route.dst === 'default' ? zero : route.dst.includes('/') ? route.dst : `${route.dst}/${length}`;
  return (route.nexthops ?? [route]).map((it) => [destination, it.gateway ?? it.via?.host, it.dev, route.table]);
}

/** `2001:db8::1` and `2001:DB8:0:0:0:0:0:1` are one; other names stay as they are. */
function inFull(name: string): string {
  return name.includes(':') ? new URL(`http://[${name}]`).hostname : name;
}

const upgradable = `
import apt_pkg
apt_pkg.init()
cache = apt_pkg.Cache(None)
policy = apt_pkg.DepCache(cache)
for it in cache.packages:
    if it.current_ver and policy.is_upgradable(it):
        print(it.name, policy.get_candidate_ver(it).ver_str, it.current_ver.ver_str)
`;
