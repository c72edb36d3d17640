import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KernelRoute } from '../wire/rtnetlink.js';
import { KernelTopology } from './kernel-topology.js';

const answers: Record<string, KernelRoute | undefined> = {
  '192.0.2.7': { kind: 'unicast', interfaceIndex: 2, routed: false, source: '192.0.2.10' },
  '192.0.2.8': { kind: 'unicast', interfaceIndex: 2, routed: false, source: '192.0.2.10' },
  '198.51.100.7': { kind: 'unicast', interfaceIndex: 2, routed: true, source: '192.0.2.10' },
  '10.8.0.9': { kind: 'unicast', interfaceIndex: 3, routed: false, source: '10.8.0.2' },
  '10.9.0.9': { kind: 'unicast', interfaceIndex: 9, routed: false, source: '10.8.0.2' },
  '10.10.0.9': { kind: 'unicast', interfaceIndex: 2, routed: false, source: undefined },
  '203.0.113.7': { kind: 'none' },
  '203.0.113.8': { kind: 'local' },
  '192.0.2.255': { kind: 'broadcast' },
  '2001:db8::7': { kind: 'unicast', interfaceIndex: 2, routed: false, source: '2001:db8::10' },
};
const links = new Map([
  [2, { name: 'eth0', mac: '02:00:00:00:00:01', hasStations: true }],
  [3, { name: 'tun0', mac: '00:00:00:00:00:00', hasStations: false }],
]);

const topology = new KernelTopology({
  own: new Set(['192.0.2.10', '2001:db8::10']),
  link: (index) => links.get(index),
  lookup: async (addresses) => addresses.map((it) => answers[it]),
  otherwise: () => ({ kind: 'routed' }),
});
const place = async (address: string) => (await topology.places([address]))[0];

describe('where an address lies by the kernel’s word', () => {
  test('on a link it is asked from the source that the kernel would use, one object for all', async () => {
    const [one, two, three] = await topology.places(['192.0.2.7', '192.0.2.8', '2001:db8::7']);
    const source = { mac: '02:00:00:00:00:01', address: '192.0.2.10' };
    assert.deepEqual(one, { kind: 'on-link', interface: 'eth0', source });
    assert.ok(one?.kind === 'on-link' && two?.kind === 'on-link' && one.source === two.source);
    assert.deepEqual(three, { kind: 'on-link', interface: 'eth0', source: { ...source, address: '2001:db8::10' } });
  });

  test('behind a next hop, in a tunnel, on a vanished link and without a source the kernel has to send', async () => {
    assert.deepEqual(await place('198.51.100.7'), { kind: 'routed', source: '192.0.2.10' });
    assert.deepEqual(await place('10.8.0.9'), { kind: 'routed', source: '10.8.0.2' });
    assert.deepEqual(await place('10.9.0.9'), { kind: 'routed', source: '10.8.0.2' });
    assert.deepEqual(await place('10.10.0.9'), { kind: 'routed', source: undefined });
  });

  test('own addresses, loopback, broadcasts and what has no route are asked nothing', async () => {
    const kinds = ['192.0.2.10', '203.0.113.8', '127.0.0.9', '192.0.2.255', '203.0.113.7'].map(
      async (it) => (await place(it))?.kind,
    );
    assert.deepEqual(await Promise.all(kinds), ['own', 'own', 'loopback', 'broadcast', 'no-route']);
  });

  test('where the kernel gave no answer the table stands in', async () => {
    assert.deepEqual(await place('192.0.2.99'), { kind: 'routed' });
  });
});
