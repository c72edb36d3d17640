import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { internetChecksum } from './checksum.js';
import { echoRequest, readIcmp, timestampRequest } from './icmp.js';
import { addressOf, numberOf, readIPv4Packet, writeIPv4 } from './ipv4.js';

function ipv4(protocol: number, destination: string, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt8(protocol, 9);
  writeIPv4(header, 12, '192.0.2.1');
  writeIPv4(header, 16, destination);
  return Buffer.concat([header, payload]);
}

function unreachable(code: number, quote: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(3, 0);
  head.writeUInt8(code, 1);
  return Buffer.concat([head, quote]);
}

describe('ICMP', () => {
  test('the checksum is that of the example in RFC 1071', () => {
    assert.equal(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex')), ~0xddf2 & 0xffff);
    assert.equal(internetChecksum(Buffer.from('01', 'hex')), 0xfeff);
  });

  test('a request sums up to zero and comes back as a reply', () => {
    const message = echoRequest(0x1234, 7, Buffer.from('cookie'));
    assert.equal(internetChecksum(message), 0);
    message.writeUInt8(0, 0);
    message.writeUInt16BE(0, 2);
    message.writeUInt16BE(internetChecksum(message), 2);
    const read = readIcmp(message);
    assert.deepEqual(read, { kind: 'echo-reply', id: 0x1234, sequence: 7, payload: Buffer.from('cookie') });
    message.writeUInt8(9, 9);
    assert.equal(readIcmp(message), undefined, 'a damaged reply is none');
  });

  test('a timestamp request bears its time, and a reply gives it back', () => {
    const message = timestampRequest(0x1234, 7, 0x80000001);
    assert.equal(message.toString('hex'), `0d00${message.toString('hex', 2, 4)}12340007800000010000000000000000`);
    assert.equal(internetChecksum(message), 0);
    assert.equal(readIcmp(message), undefined, 'a request is no answer');
    message.writeUInt8(14, 0);
    message.writeUInt32BE(77, 12);
    message.writeUInt16BE(0, 2);
    message.writeUInt16BE(internetChecksum(message), 2);
    const expected = { kind: 'timestamp-reply', id: 0x1234, sequence: 7, originate: 0x80000001 };
    assert.deepEqual(readIcmp(message), expected);
    assert.deepEqual(readIcmp(Buffer.concat([message, Buffer.alloc(40)])), expected, 'filled up by a link');
    message.writeUInt8(1, 19);
    assert.equal(readIcmp(message), undefined, 'a damaged reply is none');
    const cut = message.subarray(0, 16);
    cut.writeUInt16BE(0, 2);
    cut.writeUInt16BE(internetChecksum(cut), 2);
    assert.equal(readIcmp(cut), undefined, 'a cut reply is none');
  });

  test('an unreachable tells its reason and the request that it is about', () => {
    const quote = ipv4(1, '198.51.100.7', echoRequest(5, 6, Buffer.alloc(0)));
    const about = { kind: 'echo', destination: '198.51.100.7', id: 5, sequence: 6 };
    assert.deepEqual(readIcmp(unreachable(1, quote)), { kind: 'unreachable', reason: 'host-unreachable', about });
    assert.deepEqual(readIcmp(unreachable(13, quote)), {
      kind: 'unreachable',
      reason: 'communication-prohibited',
      about,
    });
    const timestamp = readIcmp(unreachable(1, ipv4(1, '198.51.100.7', timestampRequest(5, 6, 7))));
    assert.deepEqual(timestamp?.kind === 'unreachable' && timestamp.about, { ...about, kind: 'timestamp' });
    const syn = readIcmp(unreachable(1, ipv4(6, '198.51.100.7', Buffer.from('9c4001bb80000001', 'hex'))));
    assert.deepEqual(syn?.kind === 'unreachable' && syn.about, {
      ...{ kind: 'tcp', destination: '198.51.100.7', sourcePort: 40_000, port: 443, sequence: 0x80000001 },
    });
    assert.equal(readIcmp(unreachable(1, ipv4(17, '198.51.100.7', Buffer.alloc(8)))), undefined);
    assert.equal(readIcmp(unreachable(1, ipv4(6, '198.51.100.7', Buffer.alloc(7)))), undefined);
    assert.equal(readIcmp(unreachable(1, quote.subarray(0, 24))), undefined);
  });

  test('addresses are numbers and back, over the sign bit too', () => {
    for (const address of ['0.0.0.0', '127.255.0.1', '128.0.0.0', '255.255.255.255'])
      assert.equal(addressOf(numberOf(address)), address);
  });

  test('any bytes are read without a throw', () => {
    const read = (bytes: Uint8Array) => [readIcmp(Buffer.from(bytes)), readIPv4Packet(Buffer.from(bytes))];
    fc.assert(fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => void read(bytes)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => void readIcmp(Buffer.from([3, 1, 0, 0, ...bytes]))),
    );
  });
});
