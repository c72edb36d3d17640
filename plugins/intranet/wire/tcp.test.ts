import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { transportChecksum } from './checksum.js';
import { readIPv4Packet } from './ipv4.js';
import { readQuotedSyn, readSynAnswer, synPacket, synSegment } from './tcp.js';

const question = { sourcePort: 40_000, port: 443, sequence: 0xffff_ffff };

function answer(flags: number, change: (segment: Buffer) => void = () => undefined): Buffer {
  const segment = Buffer.from('01bb9c400000002a000000005000000000000000', 'hex');
  segment.writeUInt8(flags, 13);
  change(segment);
  return segment;
}

describe('TCP', () => {
  test('a SYN is the segment of RFC 9293 with a maximum segment size', () => {
    assert.equal(synSegment(question).toString('hex'), '9c4001bbffffffff000000006002faf000000000020405b4');
  });

  test('a packet bears the source that its checksum was made for', () => {
    const packet = synPacket('192.0.2.1', '198.51.100.7', question);
    assert.equal(packet.toString('hex', 0, 20), '4500002c00004000400600 00c0000201c6336407'.replace(' ', ''));
    const read = readIPv4Packet(packet);
    assert.ok(read !== undefined);
    assert.equal(transportChecksum(packet.subarray(12, 20), 6, read.payload), 0);
    // By hand: the pseudo header of RFC 9293, 3.1 and the segment, summed up in 16-bit words.
    const words = [
      0xc000, 0x0201, 0xc633, 0x6407, 6, 24, 0x9c40, 0x01bb, 0xffff, 0xffff, 0x6002, 0xfaf0, 0x0204, 0x05b4,
    ];
    const sum = words.reduce((total, word) => total + word, 0);
    assert.equal(read.payload.readUInt16BE(16), ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  });

  test('SYN-ACK and RST tell which SYN they are about, over the end of the numbers too', () => {
    const expected = { port: 443, to: 40_000, sequence: 0xffff_ffff };
    assert.deepEqual(readSynAnswer(answer(0x12)), { ...expected, answer: 'syn-ack' });
    assert.deepEqual(readSynAnswer(answer(0x14)), { ...expected, answer: 'rst' });
    // With ECE, as hosts that speak ECN answer.
    assert.deepEqual(readSynAnswer(answer(0x52)), { ...expected, answer: 'syn-ack' });
    assert.deepEqual(readSynAnswer(Buffer.concat([answer(0x12), Buffer.alloc(1460)])), {
      ...expected,
      answer: 'syn-ack',
    });
  });

  test('other segments and cut ones tell nothing', () => {
    for (const flags of [0x02, 0x04, 0x10, 0x11, 0x16, 0x00]) assert.equal(readSynAnswer(answer(flags)), undefined);
    assert.equal(readSynAnswer(answer(0x12, (it) => it.writeUInt8(0x40, 12))), undefined, 'a header too short');
    for (let length = 0; length < 20; length++)
      assert.equal(readSynAnswer(answer(0x12).subarray(0, length)), undefined);
  });

  test('eight bytes of a quoted SYN are enough', () => {
    const payload = synSegment(question).subarray(0, 8);
    const packet = { destination: '198.51.100.7', payload };
    assert.deepEqual(readQuotedSyn(packet), { kind: 'tcp', destination: '198.51.100.7', ...question });
    assert.equal(readQuotedSyn({ ...packet, payload: payload.subarray(0, 7) }), undefined);
  });

  test('any bytes are read without a throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readSynAnswer(Buffer.from(bytes))));
  });
});
