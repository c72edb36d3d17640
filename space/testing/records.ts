/** Records as a scan sends them: a small office, in as much detail as a real one. */
import type { ScanRecord } from '../../core/wire/scan.js';

const at = '2030-01-02T03:04:05.000Z';

/** A node that was only seen from outside. */
export function sighting(address: string, more: Partial<Extract<ScanRecord, { type: 'sighting' }>> = {}): ScanRecord {
  return {
    type: 'sighting',
    node: address,
    addresses: [address],
    alive: 'yes',
    evidence: [{ probe: 'icmp-echo', answer: 'reply', rttMs: 0.4 }],
    source: 'start',
    at,
    ...more,
  };
}

export function section(
  node: string,
  name: string,
  data: Record<string, unknown>,
  more: { state?: 'ok' | 'needs-privilege'; collector?: string } = {},
): ScanRecord {
  const { state = 'ok', collector = 'ssh' } = more;
  return {
    type: 'section',
    node,
    name,
    data,
    state,
    ...(state === 'ok' ? {} : { missing: [{ field: 'product.serial', state, reason: 'dmidecode needs root' }] }),
    provenance: { collector, credential: `${collector}/linux.toml`, at, durationMs: 812.4 },
  };
}

export const ended = (node: string, ...outcomes: Extract<ScanRecord, { type: 'node' }>['outcomes']): ScanRecord => ({
  type: 'node',
  node,
  outcomes,
  at,
});

export const summary = (notes: string[] = []): ScanRecord => ({
  type: 'summary',
  counts: { probed: 254, alive: 3, entered: 1, collected: 1 },
  notes,
});

/** One Linux server with everything. */
export function server(address: string, name: string, serial: string): ScanRecord[] {
  const mac = `00:1b:21:${serial.slice(-6, -4)}:${serial.slice(-4, -2)}:${serial.slice(-2)}`.toLowerCase();
  return [
    sighting(address, {
      mac,
      names: [{ name: `${name}.example.org`, source: 'dns' }],
      services: [
        { name: 'ssh', port: 22, banner: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3' },
        { name: 'https', port: 443, certificate: `${name}.example.net` },
      ],
    }),
    section(address, 'identity', {
      serial,
      vendor: 'Dell Inc.',
      uuid: `4c4c4544-0044-4d10-8036-b${serial.slice(-6).toLowerCase()}48473`,
      macs: [mac],
      hostKeys: [`SHA256:${'q'.repeat(42)}${serial.slice(-1)}`],
    }),
    section(address, 'os', {
      hostname: name,
      fqdn: `${name}.example.org`,
      family: 'Linux',
      name: 'Debian GNU/Linux',
      id: 'debian',
      version: '12.7',
      architecture: 'x86_64',
      kernel: { name: 'Linux', release: '6.1.0-25-amd64', version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3' },
      bootTime: '2029-12-24T08:00:00Z',
      timezone: 'Asia/Tokyo',
    }),
    section(
      address,
      'hardware',
      {
        bios: { vendor: 'Dell Inc.', version: '2.19.1', date: '2029-06-11' },
        board: { vendor: 'Dell Inc.', model: '0H3K7P', version: 'A08', serial: `.${serial}.CN` },
        product: { vendor: 'Dell Inc.', name: 'PowerEdge R650', serial },
        cpu: {
          sockets: 2,
          cores: 32,
          threads: 64,
          packages: [{ model: 'Intel(R) Xeon(R) Gold 6326 CPU @ 2.90GHz', clockMHz: 2900, cores: 16 }],
        },
        memory: { totalKiB: 268_435_456 },
        storage: {
          totalKiB: 7_501_476_528,
          drives: [
            {
              name: 'nvme0n1',
              sizeKiB: 3_750_738_264,
              model: 'SAMSUNG MZQL23T8HCLS',
              serial: 'S64HNE0T900001',
              kind: 'nvme',
            },
            {
              name: 'nvme1n1',
              sizeKiB: 3_750_738_264,
              model: 'SAMSUNG MZQL23T8HCLS',
              serial: 'S64HNE0T900002',
              kind: 'nvme',
            },
          ],
          filesystems: [
            { mount: '/', type: 'ext4', sizeKiB: 98_304_000, usedKiB: 41_000_000 },
            { mount: '/var/lib/postgresql', type: 'xfs', sizeKiB: 3_600_000_000, usedKiB: 3_300_000_000 },
          ],
        },
        virtualization: 'none',
      },
      { state: 'needs-privilege' },
    ),
    section(address, 'network', {
      interfaces: [
        { name: 'lo', type: 'loopback', mtu: 65_536, link: 'up', addresses: [{ address: '127.0.0.1', prefix: 8 }] },
        {
          name: 'eno1',
          type: 'ethernet',
          mac,
          mtu: 1500,
          speedMbps: 10_000,
          admin: 'up',
          link: 'up',
          addresses: [
            { address, prefix: 24 },
            { address: `2001:db8::f:${serial.slice(-2)}`, prefix: 64 },
          ],
        },
        { name: 'eno2', type: 'ethernet', mtu: 1500, admin: 'up', link: 'down' },
      ],
      gateways: [{ address: '192.0.2.1', interface: 'eno1' }],
      routes: [{ destination: '0.0.0.0/0', gateway: '192.0.2.1', interface: 'eno1' }],
      neighbours: [{ address: '192.0.2.1', mac: '00:00:5e:00:01:0a', interface: 'eno1', source: 'arp' }],
      dns: ['192.0.2.53'],
    }),
    section(address, 'software', {
      packages: Array.from({ length: 640 }, (_, i) => ({
        name: `lib${['ssl', 'curl', 'xml2', 'pq', 'zstd', 'uv'][i % 6]}${i}`,
        version: `${1 + (i % 5)}.${i % 17}-${i % 3}`,
        arch: 'amd64',
        source: 'dpkg',
      })),
    }),
    ended(
      address,
      {
        collector: 'ssh',
        result: 'partial',
        code: 'E_PRIVILEGE',
        reason: 'hardware serial numbers need root',
        remedy: 'allow dmidecode by sudo for this account',
      },
      { collector: 'snmp', result: 'skipped', code: 'E_NO_CREDENTIAL', reason: 'no credential file matches' },
    ),
  ];
}

/** A switch by SNMP, a printer that refuses, some hosts that only answer. */
export function office(): ScanRecord[] {
  return [
    ...server('192.0.2.10', 'db-01', 'CN7A0F31'),
    ...server('192.0.2.11', 'web-01', 'CN7A0F42'),
    sighting('192.0.2.1', { mac: '3c:08:f6:11:22:33', services: [{ name: 'snmp', port: 161 }] }),
    section(
      '192.0.2.1',
      'os',
      {
        hostname: 'core-sw',
        family: 'IOS',
        name: 'Cisco IOS XE',
        version: '17.9.4',
        description: 'Cisco IOS Software, Catalyst L3 Switch Software',
      },
      { collector: 'snmp' },
    ),
    section(
      '192.0.2.1',
      'networkDevice',
      {
        objectId: '1.3.6.1.4.1.9.1.2494',
        forwarding: true,
        components: [
          {
            index: 1,
            class: 'chassis',
            name: 'Switch 1',
            description: 'C9300-48P',
            vendor: 'Cisco',
            model: 'C9300-48P',
            serial: 'FCW2233L0AB',
            software: '17.9.4',
          },
        ],
      },
      { collector: 'snmp' },
    ),
    ended('192.0.2.1', { collector: 'snmp', result: 'ok' }),
    sighting('192.0.2.30', {
      mac: '00:80:77:aa:bb:cc',
      names: [{ name: 'printer', source: 'mdns' }],
      services: [{ name: 'ipp', port: 631 }],
    }),
    ended('192.0.2.30', {
      collector: 'snmp',
      result: 'failed',
      code: 'E_TIMEOUT',
      reason: 'timed out: ask 192.0.2.30:161 for sysDescr',
      remedy: 'check the community name and the access list of the device',
      tried: [
        { credential: 'snmp/10-public.toml', code: 'E_TIMEOUT', reason: 'no answer within 5 s' },
        { credential: 'snmp/20-v3.toml', code: 'E_LOGIN', reason: 'unknown user name' },
      ],
    }),
    ...Array.from({ length: 24 }, (_, i) =>
      sighting(`192.0.2.${100 + i}`, { mac: `00:1b:63:00:00:${(16 + i).toString(16)}` }),
    ),
    { type: 'finding', kind: 'host-key', node: '192.0.2.11', text: 'a new SSH host key was stored' },
    summary(['ND was not possible: no IPv6 address here']),
  ];
}
