/** What is made of the answers of IP Helper, with a helper that answers from synthetic tables; the real one runs in windows.system.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { echoAnswer } from '../probes/windows-echo.js';
import type { IpHelper } from '../sockets/ip-helper.js';
import type { EchoReply } from '../wire/ip-helper.js';
import { numberOf } from '../wire/ipv4.js';
import type { Neighbourhood } from './neighbourhood.js';
import { windows } from './windows.js';
import { windowsFailure } from './windows-errors.js';

const forwardTable = Buffer.alloc(4 + 2 * 56);
forwardTable.writeUInt32LE(2, 0);
const [first, second] = [forwardTable.subarray(4, 60), forwardTable.subarray(60, 116)];
Buffer.from([192, 0, 2, 1]).copy(first, 12);
first.writeUInt32LE(9, 16);
first.writeUInt32LE(4, 20);
Buffer.from([192, 0, 2, 0, 255, 255, 255, 0]).copy(second, 0);
second.writeUInt32LE(9, 16);
second.writeUInt32LE(3, 20);
const netTable = Buffer.alloc(0);

const fallback: Neighbourhood = {
  routes: async () => [],
  gateways: async () => ['203.0.113.1'],
  neighbours: async () => [],
};

describe('the neighbourhood of Windows', () => {
  test('names interfaces as Node does, and asks for each name once', async () => {
    const asked: number[] = [];
    const interfaceAlias = (index: number) => {
      asked.push(index);
      return 'Ethernet 2';
    };
    const helper = { forwardTable: () => forwardTable, netTable: () => netTable, interfaceAlias };
    const around = windows(async () => helper as unknown as IpHelper, fallback);
    const common = { interface: 'Ethernet 2', metric: 0, reject: false };
    assert.deepEqual(await around.routes(), [
      { ...common, destination: 0, prefix: 0, gateway: '192.0.2.1' },
      { ...common, destination: numberOf('192.0.2.0'), prefix: 24, gateway: undefined },
    ]);
    assert.deepEqual(asked, [9]);
    assert.deepEqual(await around.gateways(), ['192.0.2.1']);
    assert.deepEqual(await around.neighbours(), []);
  });

  test('is what Node knows where IP Helper does not load', async () => {
    const around = windows(async () => ({ reason: 'no koffi', remedy: 'install it' }), fallback);
    assert.deepEqual(await around.gateways(), ['203.0.113.1']);
  });
});

describe('an echo that Windows sent', () => {
  const own = new Set(['192.0.2.10']);
  const answer = (from: string, kind: EchoReply['kind'], word: string) =>
    echoAnswer('192.0.2.2', { from, kind, word, rttMs: 3 }, own);

  test('is alive by a reply and by an unreachable of the asked host itself', () => {
    const evidence = (word: string) => ({ probe: 'icmp-echo', answer: word, rttMs: 3 });
    const alive = { address: '192.0.2.2', alive: 'yes', timed: true };
    assert.deepEqual(answer('192.0.2.2', 'reply', 'reply'), { ...alive, evidence: evidence('reply') });
    assert.deepEqual(answer('192.0.2.2', 'unreachable', 'port-unreachable'), {
      ...{ ...alive, evidence: evidence('port-unreachable') },
    });
  });

  test('proves nothing by the word of a router, whose ICMP code Windows keeps to itself', () => {
    assert.equal(answer('192.0.2.1', 'unreachable', 'host-unreachable')?.alive, undefined);
    assert.equal(answer('192.0.2.1', 'unreachable', 'host-unreachable')?.evidence.answer, 'host-unreachable');
  });

  test('is silence when this machine says so to itself, when it timed out, or when another host replies', () => {
    assert.equal(answer('192.0.2.10', 'unreachable', 'host-unreachable'), undefined);
    assert.equal(answer('192.0.2.3', 'reply', 'reply'), undefined);
    assert.equal(echoAnswer('192.0.2.2', 11_010, own), undefined);
  });

  test('that could not leave is a shortage, a missing route or a number', () => {
    assert.equal(windowsFailure(11_006), 'short');
    assert.deepEqual(windowsFailure(1231), { refused: 'no-route' });
    assert.deepEqual(windowsFailure(5), { refused: 'refused-locally' });
    assert.deepEqual(windowsFailure(87), { refused: 'error-87' });
  });
});
