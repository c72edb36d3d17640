/**
 * Structures of IP Helper. All bytes are synthetic: written from the pages of learn.microsoft.com that wire/ip-helper.ts names, not
 * recorded on a Windows machine.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ipAddr,
  netRow2Length,
  readEchoReply,
  readForwardTable,
  readNetRow2Mac,
  readNetTable,
  writeNetRow2,
} from './ip-helper.js';
import { numberOf } from './ipv4.js';

const hex = (...parts: string[]) => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');

/** MIB_IPFORWARDROW; dwForwardProto, Age and NextHopAS are 3, 60 and 0, the unused metrics -1. */
const forwardRow = (destination: string, mask: string, nextHop: string, index: number, type: number, metric: number) =>
  hex(
    ...[
      destination,
      mask,
      '00000000',
      nextHop,
      `0${index}000000`,
      `0${type}000000`,
      '03000000',
      '3c000000',
      '00000000',
    ],
    ...[`${metric.toString(16).padStart(2, '0')}000000`, 'ffffffff ffffffff ffffffff ffffffff'],
  );

describe('the route table of Windows', () => {
  test('has a gateway only in an indirect route, whatever the next hop of a direct one says', () => {
    const table = Buffer.concat([
      hex('04000000'),
      forwardRow('00000000', '00000000', 'c0000201', 9, 4, 25),
      forwardRow('c0000200', 'ffffff00', '00000000', 9, 3, 41),
      forwardRow('c6336400', 'ffffff80', 'c633640a', 7, 3, 41),
      forwardRow('0a000000', 'ff000000', 'c0000202', 9, 2, 5),
    ]);
    assert.deepEqual(readForwardTable(table), [
      { destination: 0, prefix: 0, gateway: '192.0.2.1', interfaceIndex: 9, metric: 25 },
      { destination: numberOf('192.0.2.0'), prefix: 24, gateway: undefined, interfaceIndex: 9, metric: 41 },
      { destination: numberOf('198.51.100.0'), prefix: 25, gateway: undefined, interfaceIndex: 7, metric: 41 },
    ]);
  });

  test('is read no further than its bytes, and an empty one has no routes', () => {
    const table = Buffer.concat([hex('ff000000'), forwardRow('c0000200', 'ffffff00', '00000000', 9, 3, 41)]);
    assert.equal(readForwardTable(table).length, 1);
    assert.deepEqual(readForwardTable(Buffer.alloc(0)), []);
  });
});

test('neighbours are those stations that answered: no invalid, unanswered, multicast or broadcast rows', () => {
  const row = (length: number, mac: string, address: string, type: number) =>
    hex('09000000', `0${length}000000`, mac, '0000', address, `0${type}000000`);
  const table = Buffer.concat([
    hex('06000000'),
    row(6, '02fc00000005', 'c0000201', 3),
    row(6, '02fc00000008', 'c0000208', 4),
    row(6, '02fc00000007', 'c0000207', 2),
    row(6, '000000000000', 'c0000209', 3),
    row(6, '01005e000016', 'e0000016', 4),
    row(0, '000000000000', 'effffffa', 4),
  ]);
  assert.deepEqual(readNetTable(table), [
    { address: '192.0.2.1', mac: '02:fc:00:00:00:05', interfaceIndex: 9 },
    { address: '192.0.2.8', mac: '02:fc:00:00:00:08', interfaceIndex: 9 },
  ]);
});

describe('an echo reply of Windows', () => {
  const reply = (from: string, status: string, rtt: string) => readEchoReply(hex(from, status, rtt, '10000000'));

  test('tells who answered, what, and after how many milliseconds', () => {
    assert.deepEqual(reply('c0000202', '00000000', '07000000'), {
      ...{ from: '192.0.2.2', kind: 'reply', word: 'reply', rttMs: 7 },
    });
  });

  test('has the words of ICMP for unreachables, and numbers for all else', () => {
    const words = ['fa2a', 'fb2a', 'fc2a', 'fd2a'].map((status) => reply('c0000201', `${status}0000`, '00000000').word);
    assert.deepEqual(words, ['net-unreachable', 'host-unreachable', 'protocol-unreachable', 'port-unreachable']);
    const expired = reply('c0000201', '052b0000', '00000000');
    assert.deepEqual([expired.kind, expired.word], ['other', 'status-11013']);
  });
});

test('an address passed by value lies in memory in the order of the network', () => {
  assert.equal(ipAddr('192.0.2.1'), 0x010200c0);
});

test('a neighbour row names address and interface, and gives the station’s address back', () => {
  const row = Buffer.alloc(netRow2Length, 0xff);
  writeNetRow2(row, '192.0.2.7', 9);
  assert.deepEqual(row.subarray(0, 40), hex('02000000 c0000207', '00'.repeat(20), '09000000', '00'.repeat(8)));
  assert.equal(readNetRow2Mac(row), undefined);
  hex('02fc00000007').copy(row, 40);
  row.writeUInt32LE(6, 72);
  assert.equal(readNetRow2Mac(row), '02:fc:00:00:00:07');
});
