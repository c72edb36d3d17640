import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { numberOf } from '../wire/ipv4.js';
import { connectedRoutes } from './interfaces.js';
import { TableTopology } from './topology.js';

const station = (name: string, address: string, prefix: number, last: string) => ({
  ...{ interface: name, address, prefix, family: 4 as const, mac: `02:00:00:00:00:${last}` },
});
const eth0 = station('eth0', '192.0.2.10', 24, '01');
const second = station('eth0', '198.51.100.10', 24, '01');
const tun0 = station('tun0', '10.8.0.2', 24, '00');
const route = (
  network: string,
  prefix: number,
  name: string,
  extra: { gateway?: string; metric?: number; reject?: boolean } = {},
) => ({
  ...{ destination: numberOf(network), prefix, interface: name, gateway: extra.gateway },
  ...{ metric: extra.metric ?? 0, reject: extra.reject ?? false },
});

describe('where an address lies', () => {
  const routes = [
    route('0.0.0.0', 0, 'eth0', { gateway: '192.0.2.1' }),
    route('192.0.2.0', 24, 'eth0'),
    route('198.51.100.0', 24, 'eth0'),
    route('10.8.0.0', 24, 'tun0'),
    route('192.0.2.128', 25, 'eth1', { gateway: '192.0.2.2' }),
    route('203.0.113.0', 24, 'eth0', { reject: true }),
    route('203.0.113.8', 32, 'eth0', { gateway: '192.0.2.1' }),
  ];
  const topology = new TableTopology([eth0, second, tun0], routes, new Set(['eth0']));

  test('on a link with ARP it is asked from the address of the same network', () => {
    const source = (address: string) => ({ mac: eth0.mac, address });
    const here = { kind: 'on-link', interface: 'eth0' };
    assert.deepEqual(topology.place('192.0.2.77'), { ...here, source: { ...eth0, ...source('192.0.2.10') } });
    assert.deepEqual(topology.place('198.51.100.77'), { ...here, source: { ...second, ...source('198.51.100.10') } });
  });

  test('own, loopback, tunnelled and routed addresses get no ARP', () => {
    assert.equal(topology.place('192.0.2.10').kind, 'own');
    assert.equal(topology.place('127.0.0.5').kind, 'loopback');
    assert.equal(topology.place('10.8.0.9').kind, 'routed');
    assert.equal(topology.place('8.8.8.8').kind, 'routed');
    assert.equal(topology.place('2001:db8::1').kind, 'routed');
  });

  test('the longest prefix wins, and a rejecting route is no route', () => {
    assert.equal(topology.place('192.0.2.200').kind, 'routed');
    assert.equal(topology.place('203.0.113.7').kind, 'no-route');
    assert.equal(topology.place('203.0.113.8').kind, 'routed');
  });

  test('among equal prefixes the lowest metric wins', () => {
    const two = [
      route('192.0.2.0', 24, 'eth0', { metric: 600, gateway: '192.0.2.1' }),
      route('192.0.2.0', 24, 'eth0', { metric: 100 }),
    ];
    assert.equal(new TableTopology([eth0], two, new Set(['eth0'])).place('192.0.2.7').kind, 'on-link');
  });

  test('without a table the addresses themselves tell the links, and the rest is routed', () => {
    const known = new TableTopology([eth0], connectedRoutes([eth0]), new Set(['eth0']));
    assert.equal(known.place('192.0.2.200').kind, 'on-link');
    assert.equal(known.place('198.51.100.1').kind, 'routed');
  });
});
