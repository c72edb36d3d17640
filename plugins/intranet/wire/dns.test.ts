import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { isTentative, pointerNames, pointerQuestion, reverseName } from './dns.js';

const asked = { id: 77, address: '10.66.0.3' };
const name = '3.0.66.10.in-addr.arpa';
const header = (flags: number, questions: number, answers: number) => {
  const it = Buffer.alloc(12);
  for (const [i, word] of [77, flags, questions, answers].entries()) it.writeUInt16BE(word, i * 2);
  return it;
};
const question = pointerQuestion(asked).subarray(12);
/** Type PTR, class IN, 10 seconds. */
const pointer = (data: Buffer) =>
  Buffer.concat([Buffer.from('000c00010000000a', 'hex'), Buffer.from([data.length >> 8, data.length & 255]), data]);
const answered = (...answers: Answer[]) =>
  encode({ id: 77, type: 'response', questions: [{ type: 'PTR', name }], answers });

test('the name of an address is its octets, or its nibbles, from the last to the first', () => {
  assert.equal(reverseName('10.66.0.3'), name);
  assert.equal(reverseName('2001:db8::1'), `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
});

test('an answer tells its names, compressed as Avahi 0.8 does', () => {
  const avahi = Buffer.concat([
    header(0x8400, 1, 1),
    question,
    Buffer.from([0xc0, 12]),
    pointer(Buffer.concat([Buffer.from('\x07printer\x05local\0', 'latin1')])),
  ]);
  assert.deepEqual(pointerNames(avahi, asked), ['printer.local']);
  assert.deepEqual(pointerNames(answered(), asked), []);
});

test('records for another name or of another type are left out', () => {
  const message = answered(
    { type: 'PTR', name: '4.0.66.10.in-addr.arpa', data: 'other.local' },
    { type: 'A', name, data: '10.66.0.9' },
    { type: 'PTR', name: name.toUpperCase(), data: 'printer.local' },
  );
  assert.deepEqual(pointerNames(message, asked), ['printer.local']);
});

test('another id, another question, a query and an error are no answer', () => {
  const good = answered({ type: 'PTR', name, data: 'printer.local' });
  assert.equal(pointerNames(good, { ...asked, id: 78 }), undefined);
  assert.equal(pointerNames(good, { ...asked, address: '10.66.0.4' }), undefined);
  assert.equal(pointerNames(pointerQuestion(asked), asked), undefined);
  assert.equal(pointerNames(encode({ id: 77, type: 'response' }), asked), undefined);
  const other = encode({ id: 77, type: 'response', questions: [{ type: 'A', name }] });
  assert.equal(pointerNames(other, asked), undefined);
  const failed = Buffer.from(good);
  failed[3] = 3;
  assert.equal(pointerNames(failed, asked), undefined);
});

test('loops of compression and names that are too long are no answer', () => {
  const hostile = (data: Buffer) =>
    Buffer.concat([header(0x8400, 1, 1), question, Buffer.from([0xc0, 12]), pointer(data)]);
  const at = 12 + question.length + 12;
  const label = Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 0x61)]);
  for (const data of [
    Buffer.from([0xc0, at]), // at itself
    Buffer.from([1, 0x61, 0xc0, at]), // around
    Buffer.from([0xc0, at + 2, 0xc0, at]), // forward and back
    Buffer.from([0x80, 1, 0]), // no kind of label
    Buffer.from([0xff, 0xff]), // beyond the end
    Buffer.concat([label, label, label, label, Buffer.from([0])]), // 257 octets
  ])
    assert.equal(pointerNames(hostile(data), asked), undefined, data.toString('hex'));
});

test('a message that is cut, too long, or promises more than it has never throws', () => {
  const good = answered({ type: 'PTR', name, data: 'printer.local' });
  for (let length = 0; length < good.length; length++)
    assert.equal(pointerNames(good.subarray(0, length), asked), undefined);
  assert.equal(pointerNames(Buffer.concat([good, Buffer.alloc(9000)]), asked), undefined);
  assert.equal(pointerNames(Buffer.concat([header(0x8400, 1, 65_535), question]), asked), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      pointerNames(Buffer.concat([header(0x8400, 1, 2), question, octets]), asked);
      return pointerNames(Buffer.from(octets), asked) === undefined || octets.length >= 12;
    }),
  );
});

test('a responder that has not yet made sure of its name says so', () => {
  assert.equal(isTentative(header(0x8100, 1, 1)), true);
  assert.equal(isTentative(header(0x8000, 1, 1)), false);
  assert.equal(isTentative(Buffer.alloc(3)), false);
});
