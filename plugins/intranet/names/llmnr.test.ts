/** LLMNR by UDP, as Microsoft's profile has it, from a synthetic peer; systemd-resolved answers by TCP in names.test.ts. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { encode } from 'dns-packet';
import { testCall, testClock, testRandom } from 'ksocket/testing';
import { Pace } from '../pace.js';
import { TcpAsker } from '../sockets/tcp.js';
import { reverseName } from '../wire/dns.js';
import { askLlmnr } from './llmnr.js';

test('a synthetic peer without TCP is asked by UDP, and a tentative answer does not count', async () => {
  const address = '127.0.0.1';
  const name = reverseName(address);
  const host = createSocket('udp4').bind(0, address);
  await once(host, 'listening');
  host.on('message', (message, from) => {
    const reply = (flags: number, data: string) =>
      encode({
        ...{ id: message.readUInt16BE(), type: 'response', flags, questions: [{ type: 'PTR', name }] },
        answers: [{ type: 'PTR', name, data }],
      });
    host.send(reply(0x0100, 'tentative'), from.port, from.address);
    host.send(reply(0, 'desk'), from.port, from.address);
  });
  const call = testCall();
  const parts = {
    scan: { datagram: () => call.datagram(address, host.address().port) },
    ...{ clock: testClock, random: testRandom, signal: call.signal },
    asker: new TcpAsker(testClock, () => false),
  };
  try {
    assert.deepEqual(await askLlmnr(address, new Pace(testClock, { start: 1000, cap: 1000 }), parts), ['desk']);
  } finally {
    host.close();
  }
});
