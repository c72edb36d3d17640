/** Hosts that do not answer, or answer what nobody asked: real sockets on loopback. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket as Stream } from 'node:net';
import { test } from 'node:test';
import { encode } from 'dns-packet';
import { failure } from 'ksocket/plugin';
import { testCall, testClock, testRandom } from 'ksocket/testing';
import { Pace } from '../pace.js';
import { TcpAsker } from '../sockets/tcp.js';
import { JumpingClock } from '../testing/clock.js';
import { reverseName } from '../wire/dns.js';
import { mdns } from './mdns.js';
import { askByDatagram, askByStream, type LinkParts } from './question.js';

const address = '127.0.0.1';
const name = reverseName(address);
const answerTo = (message: Buffer, answers: readonly string[], id = message.readUInt16BE()) =>
  encode({
    ...{ id, type: 'response', questions: [{ type: 'PTR', name }] },
    answers: answers.map((data) => ({ type: 'PTR', name, data })),
  });

function parts(over: Partial<LinkParts> = {}): LinkParts & { end: AbortController; pace: Pace } {
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const clock = over.clock ?? testClock;
  const asker = new TcpAsker(clock, () => true);
  return {
    ...{ scan: testCall(), clock, random: testRandom, asker, signal: end.signal, end },
    pace: new Pace(clock, { start: 1000, cap: 1000 }),
    ...over,
  };
}

/** Asks a host on loopback that does `answer` for each datagram. */
async function ask(answer: (message: Buffer, reply: (message: Buffer) => void) => void, it = parts()) {
  const host = createSocket('udp4');
  host.on('message', (message, from) => answer(message, (reply) => host.send(reply, from.port, from.address)));
  host.bind(0, address);
  await once(host, 'listening');
  try {
    return await askByDatagram({ ...mdns, port: host.address().port }, address, it.pace, it);
  } finally {
    host.close();
  }
}

test('what answers something else is passed over, and the answer still counts', async () => {
  const found = await ask((message, reply) => {
    reply(Buffer.from('hello'));
    reply(answerTo(message, ['wrong.local'], message.readUInt16BE() ^ 1));
    reply(message);
    reply(answerTo(message, ['cut.local']).subarray(0, 40));
    reply(Buffer.alloc(60_000, 0xc0));
    reply(answerTo(message, ['right.local']));
  });
  assert.deepEqual(found, ['right.local']);
});

test('a host that only talks is left alone after sixteen datagrams', async () => {
  let asked = 0;
  const found = await ask((_message, reply) => {
    asked += 1;
    for (let i = 0; i < 20; i++) reply(Buffer.from('hello'));
  });
  assert.deepEqual(found, []);
  assert.equal(asked, 1);
});

test('a silent host is asked twice, within one and a half seconds', async () => {
  const clock = new JumpingClock();
  let asked = 0;
  const silent = createSocket('udp4');
  silent.send = (() => {
    asked += 1;
  }) as Socket['send'];
  const it = parts({ clock, scan: { datagram: async () => silent } });
  assert.deepEqual(await clock.until(askByDatagram(mdns, address, it.pace, it)), []);
  assert.equal(asked, 2);
  assert.ok(clock.monotonic() >= 1500 && clock.monotonic() < 1520);
  assert.throws(() => silent.address(), /Not running/);
});

test('a closed port and an address that may not be asked end the question at once', async () => {
  const probe = createSocket('udp4').bind(0, address);
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const it = parts({ clock: { ...testClock, after: () => () => undefined } });
  assert.deepEqual(await askByDatagram({ ...mdns, port }, address, it.pace, it), []);
  const refused = parts({ scan: { datagram: () => Promise.reject(failure('E_POLICY', 'send')) } });
  assert.deepEqual(await askByDatagram(mdns, address, it.pace, refused), []);
});

test('the end of the look ends a question at once', async () => {
  const it = parts({ clock: { ...testClock, after: () => () => undefined } });
  const asking = ask(() => it.end.abort(new Error('over')), it);
  await assert.rejects(asking, /over/);
});

/** The same by a connection. */
async function askStream(answer: (message: Buffer, stream: Stream) => void, it = parts()) {
  const server = createServer((stream) => {
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => answer(chunk.subarray(2), stream));
  });
  server.listen(0, address);
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await askByStream({ ...mdns, port }, address, it.pace, it);
  } finally {
    it.asker.close();
    server.close();
    await once(server, 'close');
  }
}

const framed = (message: Buffer) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

test('an answer by TCP may come in pieces', async () => {
  const found = await askStream((message, stream) => {
    stream.setNoDelay();
    const answer = framed(answerTo(message, ['desk']));
    stream.write(answer.subarray(0, 1));
    setImmediate(() => stream.write(answer.subarray(1, 20), () => stream.write(answer.subarray(20))));
  });
  assert.deepEqual(found, ['desk']);
});

test('a stream that ends, answers something else or promises too much gives no name', async () => {
  assert.deepEqual(await askStream((_, stream) => stream.end('\0')), []);
  assert.deepEqual(await askStream((message, stream) => stream.write(framed(message))), []);
  assert.deepEqual(await askStream((_, stream) => stream.write(Buffer.from([0xff, 0xff, 0]))), []);
});

test('the end of the look ends a connection at once', async () => {
  const it = parts({ clock: { ...testClock, after: () => () => undefined } });
  await assert.rejects(
    askStream(() => it.end.abort(new Error('over')), it),
    /over/,
  );
});
