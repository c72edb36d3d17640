import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CommunityMessages, readCommunityMessage, uptimeRequest } from './community.js';
import { getRequest, getResponse, pduHead } from './pdu.js';
import * as wire from './testing/wire.js';
import { discoveryRequest } from './usm/discovery.js';

const request = uptimeRequest('public', 0x7fffffff);
const answer = wire.writeResponse(wire.readRequest(request), {
  varbinds: [
    wire.varbind('1.3.6.1.2.1.1.3.0', wire.number(4711, 0x43)),
    wire.varbind('1.3.6.1.2.1.1.5.0', wire.string('x'.repeat(200))),
  ],
});
const headIn = (bytes: Buffer) => {
  const message = readCommunityMessage(bytes);
  return message && pduHead(message.pdu);
};

test('The liveness request is the one that the tools send', () => {
  // snmpget -v2c -c public … 1.3.6.1.2.1.1.3.0, with request id 1
  const expected = '302602010104067075626c6963a019020101020100020100300e300c06082b060102010103000500';
  assert.equal(uptimeRequest('public', 1).toString('hex'), expected);
});

test('Every request id and community name comes back out of a liveness request', () => {
  fc.assert(
    fc.property(fc.nat(0x7fffffff), fc.string({ maxLength: 300 }), (id, community) => {
      const bytes = uptimeRequest(community, id);
      assert.equal(headIn(bytes)?.requestId, id);
      assert.equal(readCommunityMessage(bytes)?.community.toString(), community);
    }),
  );
});

test('A discovery request says nothing of the credential', () => {
  assert.equal(discoveryRequest(1).toString('hex'), discoveryRequest(1).toString('hex'));
  assert.equal(readCommunityMessage(discoveryRequest(1)), undefined);
});

test('The PDU of an answer is recognised, with its request id', () => {
  assert.deepEqual([headIn(answer)?.tag, headIn(answer)?.requestId], [getResponse, 0x7fffffff]);
  assert.equal(headIn(request)?.tag, getRequest);
});

test('Only a message with the community name of the question is heard', () => {
  const { pdu } = readCommunityMessage(request)!;
  const messages = new CommunityMessages('public');
  assert.equal(messages.hear(answer), undefined, 'nothing was asked');
  assert.deepEqual(messages.ask(pdu, undefined), request);
  assert.deepEqual(messages.hear(answer), { pdu: readCommunityMessage(answer)!.pdu });
  assert.equal(messages.hear(Buffer.from(answer).fill(0, 4, 5)), undefined, 'version 1');
  messages.ask(pdu, { vlan: 10 });
  assert.equal(messages.hear(answer), undefined, 'another context');
  const other = wire.writeResponse(wire.readRequest(request), { community: 'public@10', varbinds: [] });
  assert.ok(messages.hear(other));
});

test('No truncation of an answer is taken for one', () => {
  for (let length = 0; length < answer.length; length++)
    assert.equal(headIn(answer.subarray(0, length)), undefined, `${length} octets`);
});

test('Whatever octets arrive, reading them neither throws nor takes long', () => {
  const read = (bytes: Buffer) => void [pduHead(bytes), headIn(bytes)];
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => read(Buffer.from(bytes))));
  const mutation = fc.tuple(fc.nat(answer.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const bytes = Buffer.from(answer);
      for (const [at, value] of mutations) bytes[at] = value;
      read(bytes);
    }),
    { numRuns: 2000 },
  );
});
