import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answers, discoveryRequest, messageHead, uptimeRequest } from './ber.js';
import * as wire from './testing/wire.js';

const request = uptimeRequest('public', 0x7fffffff);
const head = messageHead(request)!;
const answer = wire.writeResponse(wire.readRequest(request), {
  varbinds: [
    wire.varbind('1.3.6.1.2.1.1.3.0', wire.number(4711, 0x43)),
    wire.varbind('1.3.6.1.2.1.1.5.0', wire.string('x'.repeat(200))),
  ],
});

test('The liveness request is the one that the tools send', () => {
  // snmpget -v2c -c public … 1.3.6.1.2.1.1.3.0, with request id 1
  const expected = '302602010104067075626c6963a019020101020100020100300e300c06082b060102010103000500';
  assert.equal(uptimeRequest('public', 1).toString('hex'), expected);
});

test('Every request id and community name comes back out of a liveness request', () => {
  fc.assert(
    fc.property(fc.nat(0x7fffffff), fc.string({ maxLength: 300 }), (id, community) => {
      const read = messageHead(uptimeRequest(community, id));
      assert.equal(read?.requestId, id);
      assert.equal(read?.community.toString(), community);
    }),
  );
});

test('A discovery request says nothing of the credential', () => {
  assert.equal(discoveryRequest(1).toString('hex'), discoveryRequest(1).toString('hex'));
  assert.equal(messageHead(discoveryRequest(1)), undefined);
});

test('The answer to a request is recognised, and no other datagram is', () => {
  assert.ok(answers(answer, head));
  assert.ok(!answers(request, head));
  assert.ok(!answers(answer, { ...head, requestId: 1 }));
  assert.ok(!answers(answer, { ...head, version: 0 }));
  assert.ok(!answers(answer, { ...head, community: Buffer.from('Public') }));
});

test('No truncation of an answer is taken for one', () => {
  for (let length = 0; length < answer.length; length++)
    assert.ok(!answers(answer.subarray(0, length), head), `${length} octets`);
});

test('Whatever octets arrive, reading them neither throws nor takes long', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void messageHead(Buffer.from(bytes))));
  const mutation = fc.tuple(fc.nat(answer.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const bytes = Buffer.from(answer);
      for (const [at, value] of mutations) bytes[at] = value;
      messageHead(bytes);
    }),
    { numRuns: 2000 },
  );
});
