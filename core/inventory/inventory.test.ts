import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { section } from '../contract/index.js';
import type { ScanRecord } from '../wire/index.js';
import { assembleNodes, checkSection, clean, organizationOf, splitSection } from './index.js';
import { fill, joinParts } from './merge.js';

const at = '2026-01-01T00:00:00.000Z';
const sighting = (node: string, more: Partial<Extract<ScanRecord, { type: 'sighting' }>> = {}): ScanRecord => ({
  type: 'sighting',
  node,
  addresses: [node],
  alive: 'yes',
  evidence: [],
  source: 'start',
  at,
  ...more,
});
const reading = (node: string, name: string, data: Record<string, unknown>, collector = 'ssh'): ScanRecord => ({
  type: 'section',
  node,
  name,
  data,
  state: 'ok',
  provenance: { collector, at, durationMs: 1 },
});

test('an absent value never overwrites a known one, and lists of two readings are not doubled', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (a, b) => {
      const merged = fill(a, b);
      return Object.entries(a).every(
        ([key, value]) => value === null || typeof value === 'object' || merged[key] === value,
      );
    }),
  );
  assert.deepEqual(fill({ list: [1] }, { list: [1, 2] }), { list: [1] });
  assert.deepEqual(fill({ product: { name: 'a', serial: '1' } }, { product: { name: 'a', version: '2' } }), {
    product: { name: 'a', serial: '1', version: '2' },
  });
  assert.deepEqual(fill({ product: { name: 'a' } }, { product: { name: 'b', serial: '2' } }), {
    product: { name: 'b', serial: '2' },
  });
  assert.deepEqual(joinParts({ list: [1] }, { list: [2] }), { list: [1, 2] });
});

test('parts of one reading become one list, two collectors complete each other', () => {
  const [node] = assembleNodes([
    sighting('10.0.0.1'),
    reading('10.0.0.1', 'software', { packages: [{ name: 'a', version: '1' }] }),
    reading('10.0.0.1', 'software', { packages: [{ name: 'b' }] }),
    reading('10.0.0.1', 'os', { family: 'Linux', hostname: 'web' }),
    reading('10.0.0.1', 'os', { family: 'Unix', location: 'rack 4' }, 'snmp'),
  ]);
  assert.deepEqual(node!.packages, [
    { name: 'a', version: '1' },
    { name: 'b', version: null },
  ]);
  assert.deepEqual(node!.sections.os, { family: 'Linux', hostname: 'web', location: 'rack 4' });
  assert.equal(node!.displayName, 'web');
});

test('one strong key joins two addresses, and the history says why', () => {
  const nodes = assembleNodes([
    sighting('10.0.0.1'),
    sighting('10.0.1.1'),
    reading('10.0.0.1', 'identity', { uuid: 'ABC-1' }),
    reading('10.0.1.1', 'identity', { uuid: 'abc-1' }),
  ]);
  assert.equal(nodes.length, 1);
  assert.deepEqual(
    nodes[0]!.addresses.map((a) => a.addr),
    ['10.0.0.1', '10.0.1.1'],
  );
  assert.match(nodes[0]!.history.join(), /joined 10\.0\.0\.1: the same uuid:abc-1/);
});

test('clones keep apart: an equal machine-id, host key or MAC does not outweigh a different UUID', () => {
  const clone = (node: string, uuid: string): ScanRecord[] => [
    sighting(node, { mac: '00:11:22:33:44:55' }),
    reading(node, 'identity', { uuid, machineId: 'm', hostKeys: ['SHA256:k'], macs: ['00:11:22:33:44:55'] }),
  ];
  const nodes = assembleNodes([...clone('10.0.0.1', 'u1'), ...clone('10.0.0.2', 'u2')]);
  assert.equal(nodes.length, 2);
  assert.match(nodes[0]!.history.join(), /uuid differs: kept apart/);
});

test('machines made from one image are as many as they are, though only root reads their UUIDs', () => {
  const clone = (node: string, mac: string, more = {}): ScanRecord[] => [
    sighting(node),
    reading(node, 'identity', { machineId: 'ab12', hostKeys: ['SHA256:k'], macs: [mac], ...more }),
  ];
  const [one, two] = ['00:50:56:00:00:01', '52:54:00:00:00:02'] as const;
  const nodes = assembleNodes([...clone('10.0.0.1', one), ...clone('10.0.0.2', two)]);
  assert.deepEqual(
    nodes.map((it) => it.keys),
    [['mac:00:50:56:00:00:01'], ['address:10.0.0.2']],
    'what both have is not what either is known by',
  );
  assert.match(nodes[0]!.history.join(), /the same machineId:ab12, but no MAC address in common: kept apart/);
  const twoWays = assembleNodes([...clone('10.0.0.1', one), ...clone('10.0.1.1', one)]);
  assert.deepEqual(
    twoWays.map((it) => it.keys),
    [['machineId:ab12', 'hostKey:SHA256:k', 'mac:00:50:56:00:00:01']],
  );
  const bySnmp = (node: string, mac: string) => [
    sighting(node),
    reading(node, 'identity', { engineId: '80001f8880a1', macs: [mac] }, 'snmp'),
  ];
  assert.equal(assembleNodes([...bySnmp('10.0.0.1', one), ...bySnmp('10.0.0.2', two)]).length, 2);
  assert.equal(assembleNodes([...bySnmp('10.0.0.1', one), ...bySnmp('10.0.1.1', one)]).length, 1);
  const uuid = { uuid: 'u-1' };
  assert.equal(assembleNodes([...clone('10.0.0.1', one, uuid), ...clone('10.0.0.2', two, uuid)]).length, 1);
});

test('a router that answers for others is not what they are known by', () => {
  const mac = '00:00:0c:12:34:56';
  const nodes = assembleNodes([sighting('10.0.0.7', { mac }), sighting('10.0.0.8', { mac })]);
  assert.deepEqual(
    nodes.map((it) => it.keys),
    [['address:10.0.0.7'], ['address:10.0.0.8']],
  );
});

test('placeholder serials, locally administered and virtual-router MACs identify nobody', () => {
  const shared: Record<string, unknown>[] = [
    { serial: 'To be filled by O.E.M.', vendor: 'x' },
    { uuid: '00000000-0000-0000-0000-000000000000' },
    { macs: ['02:11:22:33:44:55'] },
    { macs: ['00:00:5e:00:01:0a'] },
    { macs: ['00:50:56:c0:00:08', '00:05:9a:3c:7a:00', '24:b6:20:52:41:53', '00:0b:ca:fe:00:00', '01:00:5e:00:00:01'] },
  ];
  for (const identity of shared) {
    const nodes = assembleNodes(
      ['10.0.0.1', '10.0.0.2'].flatMap((n) => [sighting(n), reading(n, 'identity', identity)]),
    );
    assert.equal(nodes.length, 2, JSON.stringify(identity));
  }
});

test('a router is one node with the addresses of its interfaces, unless somebody else claims them too', () => {
  const router = (node: string): ScanRecord[] => [
    sighting(node),
    reading(node, 'network', { interfaces: [{ name: 'b', addresses: [{ address: '10.0.1.1', prefix: 24 }] }] }),
  ];
  assert.equal(assembleNodes([...router('10.0.0.1'), sighting('10.0.1.1')]).length, 1);
  assert.equal(assembleNodes([...router('10.0.0.1'), ...router('10.0.0.2'), sighting('10.0.1.1')]).length, 3);
});

test('grouping does not depend on the order of the records', () => {
  const records = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].flatMap((n, i) => [
    sighting(n),
    reading(n, 'identity', { machineId: i < 2 ? 'same' : 'other' }),
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (shuffled) => {
      const nodes = assembleNodes(shuffled);
      return nodes.length === 2 && nodes[0]!.addresses.length === 2;
    }),
  );
});

test('the document has the names that the vendor’s integrations read', () => {
  const [node] = assembleNodes([
    sighting('192.0.2.10', {
      mac: '00:00:0c:12:34:56',
      names: [{ name: 'web.example', source: 'dns' }],
      services: [{ name: 'ssh', port: 22 }],
    }),
    reading('192.0.2.10', 'identity', { serial: 'S1', vendor: 'Dell Inc.' }),
    reading('192.0.2.10', 'os', { family: 'Linux', version: '12', kernel: { name: 'Linux', release: '6.1' } }),
    reading('192.0.2.10', 'hardware', {
      product: { vendor: 'Dell Inc.', name: 'R650', serial: 'S1' },
      cpu: { sockets: 1, cores: 8, threads: 16, packages: [{ model: 'Xeon', clockMHz: 2400 }] },
      memory: { totalKiB: 1024 },
      storage: { totalKiB: 2048, drives: [{ name: 'sda' }] },
    }),
    reading('192.0.2.10', 'network', {
      interfaces: [{ name: 'eth0', mac: '00:00:0c:12:34:56', addresses: [{ address: '192.0.2.10', prefix: 26 }] }],
      gateways: [{ address: '192.0.2.1', interface: 'eth0' }],
    }),
    { type: 'node', node: '192.0.2.10', outcomes: [{ collector: 'ssh', result: 'ok' }], at },
  ]);
  assert.deepEqual(node!.addresses[0], {
    addr: '192.0.2.10',
    subnet: '192.0.2.0/26',
    macaddr: '00:00:0c:12:34:56',
    hostnames: [{ hostname: 'web.example' }],
    services: [{ name: 'ssh', port: 22 }],
    extraFields: { macaddr: { organizationName: organizationOf('00:00:0c:12:34:56')! } },
    evidence: [],
    source: 'start',
  });
  assert.deepEqual(node!.interfaces, [
    { ifname: 'eth0', macaddr: '00:00:0c:12:34:56', addr: '192.0.2.10', netmask: '255.255.255.192' },
  ]);
  assert.deepEqual(node!.system, { family: 'Linux', version: '12', serial: 'S1' });
  const { cpu, product, memory, storage, networking } = node!.extraFields as Record<string, Record<string, unknown>>;
  assert.deepEqual(cpu, {
    numberOfSockets: 1,
    numberOfCores: 8,
    numberOfProcessors: 16,
    cpu0: { modelName: 'Xeon', clockSpeed: 2400 },
  });
  assert.equal(product!.modelName, 'R650');
  assert.deepEqual(memory, { totalSize: 1024 });
  assert.deepEqual(storage, { numberOfDrives: 1, totalSize: 2048 });
  assert.deepEqual(networking!.defaultGateways, [{ addr: '192.0.2.1', interface: 'eth0' }]);
  assert.equal(node!.key, 'serial:dell inc./S1');
  assert.equal(node!.lastScanSucceededAt, at);
});

test('text of a target is data: control characters become visible, long text is cut and marked', () => {
  assert.deepEqual(clean({ a: 'x\u001b[31m\u0000\u202e', b: null, c: '' }).value, { a: 'x\\u001b[31m\\u0000\\u202e' });
  const checked = checkSection(section('os', { hostname: 'h'.repeat(10_000) }));
  assert.equal(checked.state, 'truncated');
  let deep: unknown = 'x';
  for (let i = 0; i < 10_000; i++) deep = { deep };
  assert.ok(clean(deep).cut);
});

test('a section that is not what its schema says is a fault of its plug-in, with the field', () => {
  assert.throws(
    () => checkSection({ name: 'os', data: { hostname: 7 }, state: 'ok' } as never),
    /section os: hostname/,
  );
  assert.throws(() => checkSection({ name: 'nonsense', data: {}, state: 'ok' } as never), /x\.<plug-in>/);
});

test('a section of any size is cut to pieces that fit a record, and nothing is lost', () => {
  const packages = Array.from({ length: 10_000 }, (_, i) => ({
    name: `package-${i}`,
    version: '1.2.3-4+deb12u1',
    arch: 'amd64',
  }));
  const cut = [...splitSection(section('software', { packages }), 64 * 1024)];
  for (const { section, bytes } of cut) assert.equal(bytes, Buffer.byteLength(JSON.stringify(section.data)));
  const pieces = cut.map((it) => it.section);
  assert.ok(pieces.length > 5);
  for (const piece of pieces) assert.ok(JSON.stringify(piece.data).length <= 64 * 1024);
  assert.deepEqual(
    pieces.flatMap((p) => (p.data as { packages: unknown[] }).packages),
    packages,
  );
});

test('a serial number keeps its own maker when two collectors tell one host, and never takes that of another thing', () => {
  const views: [Record<string, unknown>, Record<string, unknown>][] = [
    [
      { serial: 'S1', uuid: 'u-1', macs: ['00:11:22:33:44:55'] },
      { vendor: 'Cisco', engineId: '80000009' },
    ],
    [
      { serial: 'S1', uuid: 'u-1', vendor: 'Dell Inc.' },
      { serial: 'S2', vendor: 'APC' },
    ],
    [
      { vendor: 'QEMU', uuid: 'u-1', machineId: 'm' },
      { serial: 'S2', vendor: 'APC' },
    ],
    [
      { serial: 'S1', uuid: 'u-1', machineId: 'm' },
      { serial: 'S1', vendor: 'Dell' },
    ],
  ];
  const told = views.map(([ssh, snmp]) => {
    const [node] = assembleNodes([
      sighting('10.0.0.1'),
      reading('10.0.0.1', 'identity', snmp, 'snmp'),
      reading('10.0.0.1', 'identity', ssh),
    ]);
    return node!.keys.filter((it) => it.startsWith('serial:'));
  });
  assert.deepEqual(told, [[], ['serial:dell inc./S1'], ['serial:apc/S2'], ['serial:dell/S1']]);
});

test('of two equally rich readings the same one leads at every scan, whichever came first', () => {
  const [ssh, snmp] = [
    reading('10.0.0.1', 'os', { hostname: 'web' }),
    reading('10.0.0.1', 'os', { hostname: 'web.example' }, 'snmp'),
  ];
  const names = [
    [ssh, snmp],
    [snmp, ssh],
  ].map((records) => assembleNodes([sighting('10.0.0.1'), ...records])[0]!.displayName);
  assert.equal(names[0], names[1]);
});

test('an address that two have seen is alive, with what either knows of it', () => {
  const [node] = assembleNodes([
    sighting('10.0.0.1', { mac: '00:11:22:33:44:55', services: [{ name: 'ssh', port: 22 }] }),
    reading('10.0.0.1', 'identity', { uuid: 'u-1' }),
    sighting('vm-1', {
      addresses: ['10.0.0.1'],
      alive: 'unknown',
      source: 'api',
      names: [{ name: 'web', source: 'api' }],
    }),
    reading('vm-1', 'identity', { uuid: 'u-1' }),
  ]);
  const { macaddr, alive, source, services, hostnames } = node!.addresses[0]!;
  assert.deepEqual(
    { macaddr, alive, source, services, hostnames },
    {
      macaddr: '00:11:22:33:44:55',
      alive: undefined,
      source: 'start',
      services: [{ name: 'ssh', port: 22 }],
      hostnames: [{ hostname: 'web' }],
    },
  );
});

const hashes = (data: Record<string, unknown>, name = 'os') =>
  assembleNodes([sighting('10.0.0.1'), reading('10.0.0.1', name, data)])[0]?.provenance.map((it) => it.hash);

test('a reading is known by the hash of its content, in whatever order its fields came', () => {
  const [hash] = hashes({ family: 'Linux', kernel: { name: 'Linux', release: '6.1' } }) ?? [];
  assert.match(hash ?? '', /^[0-9a-f]{32}$/);
  assert.deepEqual(hashes({ kernel: { release: '6.1', name: 'Linux' }, family: 'Linux' }), [hash]);
  assert.notDeepEqual(hashes({ family: 'Linux', kernel: { name: 'Linux', release: '6.2' } }), [hash]);
});

test('the hash is that of what somebody changes: measurements and the order of a kernel’s tables are no part of it', () => {
  const ports = [
    { protocol: 'tcp', address: '::', port: 22, pid: 77 },
    { protocol: 'tcp', address: '::', port: 80, pid: 78 },
  ];
  const network = (listeners: readonly unknown[], dns = ['192.0.2.1', '192.0.2.2'], more = {}) =>
    hashes({ listeners, dns, ...more }, 'network');
  const known = network(ports);
  assert.deepEqual(network([...ports].reverse()), known);
  assert.deepEqual(network(ports.map((it) => ({ ...it, pid: it.pid + 100 }))), known);
  assert.deepEqual(network(ports, undefined, { neighbours: [{ address: '192.0.2.9', source: 'arp' }] }), known);
  assert.notDeepEqual(network(ports.slice(1)), known);
  assert.notDeepEqual(network(ports, ['192.0.2.2', '192.0.2.1']), known, 'which name server is asked first');
  const storage = (usedKiB: number, sizeKiB = 9) =>
    hashes({ storage: { filesystems: [{ mount: '/', sizeKiB, usedKiB }] } }, 'hardware');
  assert.deepEqual(storage(1), storage(2));
  assert.notDeepEqual(storage(1), storage(1, 10));
  // Nobody knows what another plug-in measures.
  const own = (usedKiB: number) => hashes({ usedKiB }, 'x.acme');
  assert.notDeepEqual(own(1), own(2));
});
