import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import type { Failure } from '../contract/index.js';
import {
  chainDigest,
  closeReason,
  decodeFrame,
  emptyDigest,
  encodeFrame,
  type Frame,
  maxFrameBytes,
  opId,
  scanInput,
  uuidv7,
} from './index.js';

const id = uuidv7(Date.UTC(2026, 0, 1), randomBytes(10));

test('an operation id is a UUID of version 7 and sorts by time', () => {
  assert.ok(opId.safeParse(id).success);
  assert.ok(uuidv7(1000, randomBytes(10)) < uuidv7(2000, randomBytes(10)));
});

test('a frame survives the wire, and fields of the future are dropped', () => {
  const frame: Frame = { type: 'ack', opId: id, run: 1, rec: 7 };
  assert.deepEqual(decodeFrame(encodeFrame(frame)), frame);
  assert.deepEqual(decodeFrame(JSON.stringify({ ...frame, newer: true })), frame);
});

test('what is no frame is refused with the frame and the field', () => {
  for (const [text, word] of [
    ['', 'no JSON'],
    ['[]', 'unknown type'],
    ['{"type":"__proto__"}', 'unknown type'],
    ['{"type":"ack","opId":"x","run":1,"rec":1}', 'ack: opId'],
    [JSON.stringify({ type: 'ack', opId: id, run: 1, rec: -1 }), 'ack: rec'],
    [JSON.stringify({ type: 'ack', opId: id, run: 1, rec: 1.5 }), 'ack: rec'],
  ] as const) {
    assert.throws(
      () => decodeFrame(text),
      (e: Failure) => e.code === 'E_PROTOCOL' && e.message.includes(word),
      text,
    );
  }
});

test('a frame larger than 1 MiB is refused by both ends', () => {
  const frame: Frame = { type: 'record', opId: id, run: 1, rec: 1, body: 'x'.repeat(maxFrameBytes) };
  assert.throws(() => encodeFrame(frame), { code: 'E_LIMIT' });
  assert.throws(() => decodeFrame(JSON.stringify(frame)), { code: 'E_LIMIT' });
});

test('no text makes the decoder throw anything but a failure of the table', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.record({ type: fc.constantFrom('hello', 'op', 'welcome', 'record') }).map((v) => JSON.stringify(v)),
      ),
      (text) => {
        try {
          decodeFrame(text);
          return true;
        } catch (error) {
          return ['E_PROTOCOL', 'E_LIMIT'].includes((error as Failure).code);
        }
      },
    ),
  );
});

test('the digest depends on every record and on their order', () => {
  const [a, b] = ['{"a":1}', '{"b":2}'];
  assert.notEqual(chainDigest(chainDigest(emptyDigest, a), b), chainDigest(chainDigest(emptyDigest, b), a));
});

test('the input of a scan names the entry that is no network', () => {
  const result = scanInput.safeParse({ start: ['10.0.0.0/24', '10.0.0.0/40'] });
  assert.ok(!result.success);
  assert.match(result.error.issues[0]!.message, /"10\.0\.0\.0\/40" is no address or network/);
});

test('a close reason fits its frame in bytes, whatever its letters, and is cut between two of them', () => {
  assert.equal(closeReason('token expired'), 'token expired');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const cut = closeReason(text);
      return Buffer.byteLength(cut) <= 123 && text.startsWith(cut);
    }),
  );
});
