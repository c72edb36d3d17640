import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addressFromBigInt } from 'ksocket/plugin';
import { echoRequest6, readIcmp6 } from './icmp6.js';
import { isLinkLocal, readIPv6, readIPv6Packet, writeIPv6 } from './ipv6.js';

const cookie = Buffer.from('cookie');

function ipv6(protocol: number, destination: string, payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt8(protocol, 6);
  writeIPv6(header, 8, '2001:db8::1');
  writeIPv6(header, 24, destination);
  return Buffer.concat([header, payload]);
}

const unreachable = (code: number, quote: Buffer) => Buffer.concat([Buffer.from([1, code, 0, 0, 0, 0, 0, 0]), quote]);

describe('ICMPv6', () => {
  test('a request comes back as a reply', () => {
    const message = echoRequest6(0x1234, 7, cookie);
    assert.equal(message.toString('hex'), `8000000012340007${cookie.toString('hex')}`);
    assert.equal(readIcmp6(message), undefined, 'a request is no answer');
    message.writeUInt8(129, 0);
    assert.deepEqual(readIcmp6(message), { kind: 'echo-reply', id: 0x1234, sequence: 7, payload: cookie });
  });

  test('an unreachable tells its reason and the request that it is about', () => {
    const quote = ipv6(58, '2001:db8::7', echoRequest6(5, 6, cookie));
    const about = { kind: 'echo', destination: '2001:db8::7', id: 5, sequence: 6 };
    assert.deepEqual(readIcmp6(unreachable(3, quote)), { kind: 'unreachable', reason: 'address-unreachable', about });
    assert.deepEqual(readIcmp6(unreachable(1, quote)), {
      ...{ kind: 'unreachable', reason: 'communication-prohibited', about },
    });
    assert.deepEqual(readIcmp6(unreachable(99, quote)), { kind: 'unreachable', reason: 'unreachable-99', about });
    assert.equal(readIcmp6(unreachable(3, ipv6(17, '2001:db8::7', Buffer.alloc(8)))), undefined);
    for (let length = 0; length < 48; length++)
      assert.equal(readIcmp6(unreachable(3, quote.subarray(0, length))), undefined);
  });

  test('addresses are bytes and back', () => {
    const bytes = Buffer.alloc(20);
    for (const address of ['::', '::1', '2001:db8::1', 'fe80::1:0:0:1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']) {
      writeIPv6(bytes, 2, address);
      assert.equal(readIPv6(bytes, 2), address);
    }
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const value = groups.reduce((total, it) => (total << 16n) | BigInt(it), 0n);
        const address = addressFromBigInt(value, 6);
        writeIPv6(bytes, 2, address);
        const written = groups.map((_, i) => bytes.readUInt16BE(2 + 2 * i));
        assert.deepEqual(written, groups);
        assert.equal(readIPv6(bytes, 2), address);
      }),
    );
    assert.deepEqual(['fe80::1', 'febf::1', 'fec0::1', 'fe8::1', '2001:db8::fe80:1', '254.128.0.1'].map(isLinkLocal), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test('any bytes are read without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (it) => {
        const bytes = Buffer.from(it);
        readIPv6Packet(bytes);
        readIcmp6(bytes);
        readIcmp6(unreachable(3, bytes));
      }),
    );
  });
});
