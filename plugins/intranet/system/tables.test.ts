/** The parsers of what kernels and their commands say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { numberOf } from '../wire/ipv4.js';
import { parseArpTable, parseRouteGet } from './bsd.js';
import { parseArpCache, parseIPv6Gateways, parseRoutes } from './linux.js';
import { hasNetRaw, mayPing } from './rights.js';

describe('tables of Linux', () => {
  test('routes are read with their gateway, metric and prefix; those that are down are left out', () => {
    const text = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      '*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0',
      'eth1\t0000A8C0\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0',
      '',
    ].join('\n');
    assert.deepEqual(parseRoutes(text, 'LE'), [
      { interface: 'eth0', destination: 0, prefix: 0, gateway: '192.0.2.1', metric: 100, reject: false },
      {
        ...{ interface: 'eth0', destination: numberOf('192.0.2.0'), prefix: 24, gateway: undefined },
        ...{ metric: 0, reject: false },
      },
      { interface: '*', destination: numberOf('10.0.0.0'), prefix: 8, gateway: undefined, metric: 0, reject: true },
    ]);
  });

  test('numbers are in the byte order of the machine', () => {
    const line = 'head\neth0\tC0000200\t00000000\t0001\t0\t0\t0\tFFFFFF00\t0\t0\t0';
    assert.equal(parseRoutes(line, 'BE')[0]?.destination, numberOf('192.0.2.0'));
    assert.equal(parseRoutes(line, 'BE')[0]?.prefix, 24);
  });

  test('gateways of IPv6 that need no zone are taken', () => {
    const route = (gateway: string, flags: string) =>
      `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${gateway} 00000400 00000002 00000000 ${flags}     eth0`;
    const text = [
      route('20010db8000000000000000000000001', '00000003'),
      route('fe8000000000000000000000000000fe', '00000003'),
      route('20010db8000000000000000000000002', '00000203'),
    ].join('\n');
    assert.deepEqual(parseIPv6Gateways(text), ['2001:db8::1']);
  });

  test('neighbours that never answered are left out', () => {
    const text = [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0',
      '192.0.2.7        0x1         0x0         00:00:00:00:00:00     *        eth0',
      '192.0.2.8        0x1         0x6         02:fc:00:00:00:08     *        eth1',
    ].join('\n');
    assert.deepEqual(parseArpCache(text), [
      { address: '192.0.2.1', mac: '02:fc:00:00:00:05', interface: 'eth0' },
      { address: '192.0.2.8', mac: '02:fc:00:00:00:08', interface: 'eth1' },
    ]);
  });

  test('CAP_NET_RAW is bit 13, and an inverted ping range is nobody’s', () => {
    assert.equal(hasNetRaw('Name:\tnode\nCapEff:\t0000000000002000\n'), true);
    assert.equal(hasNetRaw('Name:\tnode\nCapEff:\t0000000000001000\n'), false);
    assert.equal(hasNetRaw(''), false);
    assert.equal(mayPing('1\t0\n', [0]), false);
    assert.equal(mayPing('0\t2147483647\n', [65534]), true);
    assert.equal(mayPing('', [0]), false);
  });
});

describe('commands of macOS and the BSDs', () => {
  test('the gateway of the default route is taken, with a zone it is none', () => {
    const text = '   route to: default\ndestination: default\n    gateway: 192.0.2.1\n  interface: en0\n';
    assert.deepEqual(parseRouteGet(text), ['192.0.2.1']);
    assert.deepEqual(parseRouteGet('    gateway: fe80::1%en0\n'), []);
    assert.deepEqual(parseRouteGet('route: writing to routing socket: not in table\n'), []);
  });

  test('neighbours are taken with their MAC address in full', () => {
    const text = [
      '? (192.0.2.1) at 0:11:22:aa:b:c on en0 ifscope [ethernet]',
      '? (192.0.2.9) at (incomplete) on en0 ifscope [ethernet]',
      'printer (192.0.2.3) at 02:00:00:00:00:03 on em0 expires in 1200 seconds [ethernet]',
    ].join('\n');
    assert.deepEqual(parseArpTable(text), [
      { address: '192.0.2.1', mac: '00:11:22:aa:0b:0c', interface: 'en0' },
      { address: '192.0.2.3', mac: '02:00:00:00:00:03', interface: 'em0' },
    ]);
  });
});
