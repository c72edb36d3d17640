import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readArpReply, whoHas } from './arp.js';

const source = { mac: '02:00:00:00:00:01', address: '192.0.2.1' };

/** The reply of 192.0.2.9 to the station above, written out by RFC 826. */
const reply = Buffer.from(
  `020000000001 0211aabbccdd 0806 0001 0800 06 04 0002 0211aabbccdd c0000209 020000000001 c0000201`.replaceAll(' ', ''),
  'hex',
);

describe('ARP', () => {
  test('a who-has is the frame of RFC 826, filled to the shortest Ethernet frame', () => {
    const frame = whoHas(source, '192.0.2.9');
    const expected = `ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000209${'00'.repeat(18)}`;
    assert.equal(frame.toString('hex'), expected);
  });

  test('a reply tells who has the address, and whom it answers', () => {
    const expected = { from: { mac: '02:11:aa:bb:cc:dd', address: '192.0.2.9' }, to: source };
    assert.deepEqual(readArpReply(reply), expected);
    assert.deepEqual(readArpReply(Buffer.concat([reply, Buffer.alloc(1500, 0xff)])), expected);
  });

  test('a request, another protocol and a cut frame tell nothing', () => {
    assert.equal(readArpReply(whoHas(source, '192.0.2.9')), undefined);
    const foreign = Buffer.from(reply);
    foreign.writeUInt16BE(0x86dd, 12);
    assert.equal(readArpReply(foreign), undefined);
    for (let length = 0; length < reply.length; length++)
      assert.equal(readArpReply(reply.subarray(0, length)), undefined);
  });

  test('a broadcast, multicast or zero hardware address is no station', () => {
    for (const mac of ['ffffffffffff', '01005e000001', '000000000000']) {
      const frame = Buffer.from(reply);
      frame.write(mac, 22, 'hex');
      assert.equal(readArpReply(frame), undefined);
    }
  });

  test('any bytes are read without a throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void readArpReply(Buffer.from(bytes))));
  });
});
