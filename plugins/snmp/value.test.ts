import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressOfOctets, edgesOf, indexedAddress, isHostAddress, prefixOfMask } from './inet.js';
import { decodeText, mac, utcOffset } from './value.js';

const octets = (value: Buffer) => ({ oid: '1', type: 4, value });

test('Texts are UTF-8 where they can be, and Latin-1 otherwise', () => {
  assert.equal(decodeText(Buffer.from('ラック 3')), 'ラック 3');
  assert.equal(decodeText(Buffer.from('Zürich', 'latin1')), 'Zürich');
});

test('Padding is cut, line ends are one, control characters are shown', () => {
  assert.equal(decodeText(Buffer.from('  Cisco IOS\r\nVersion 12\0\0\0')), 'Cisco IOS\nVersion 12');
  assert.equal(decodeText(Buffer.from('a\u001b[31mb\u0007')), 'a\\x1b[31mb\\x07');
  assert.equal(decodeText(Buffer.from(' \0')), undefined);
});

test('A text of any length and content is cut to a bounded one', () => {
  assert.equal(decodeText(Buffer.from('東'.repeat(60_000)))?.length, 341);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      assert.ok((decodeText(Buffer.from(bytes))?.length ?? 0) <= 4096);
    }),
  );
});

test('MAC addresses are written as the model wants them, and none is none', () => {
  assert.equal(mac(octets(Buffer.from('001122aabbcc', 'hex'))), '00:11:22:aa:bb:cc');
  assert.equal(mac(octets(Buffer.alloc(6))), undefined);
  assert.equal(mac(octets(Buffer.alloc(8, 1))), undefined);
});

test('A DateAndTime tells its offset from UTC, when it has one', () => {
  const tokyo = Buffer.from([0x07, 0xe8, 2, 29, 8, 5, 6, 0, 0x2b, 9, 0]);
  assert.equal(utcOffset(octets(tokyo)), '+09:00');
  assert.equal(utcOffset(octets(tokyo.subarray(0, 8))), undefined);
  assert.equal(utcOffset(octets(Buffer.alloc(11, 0xff))), undefined);
});

test('Addresses in indexes are read with their length, and lose their zone', () => {
  assert.deepEqual(indexedAddress([1, 4, 10, 0, 0, 7, 99], 0), { address: '10.0.0.7', next: 6 });
  const linkLocal = [0xfe, 0x80, ...new Array(13).fill(0), 1];
  assert.equal(indexedAddress([4, 20, ...linkLocal, 0, 0, 0, 5], 0)?.address, 'fe80::1');
  assert.deepEqual(indexedAddress([16, 3, 97, 98, 99], 0), { address: undefined, next: 5 });
  assert.equal(indexedAddress([1, 4, 10, 0], 0), undefined);
  assert.equal(indexedAddress([1, 4, 10, 0, 0, 256], 0)?.address, undefined);
  assert.equal(addressOfOctets([0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1]), '2001:db8::1');
});

test('A mask is a prefix only when its bits are contiguous', () => {
  assert.equal(prefixOfMask('255.255.240.0'), 20);
  assert.equal(prefixOfMask('0.0.0.0'), 0);
  assert.equal(prefixOfMask('255.255.255.255'), 32);
  assert.equal(prefixOfMask('255.0.255.0'), undefined);
});

test('The first and last address of an IPv4 network are no hosts', () => {
  assert.deepEqual(edgesOf('10.1.2.3', 24), ['10.1.2.0', '10.1.2.255']);
  assert.deepEqual(edgesOf('10.1.2.3', 31), []);
  assert.deepEqual(edgesOf('2001:db8::1', 64), []);
  assert.deepEqual(edgesOf('10.1.2.3', undefined), []);
});

test('What can be no host is not told to the scan', () => {
  for (const it of [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '224.0.0.5',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'ff02::1',
  ])
    assert.ok(!isHostAddress(it), it);
  for (const it of ['10.0.0.1', '192.0.2.1', '223.255.255.254', '2001:db8::1', 'fd00::1'])
    assert.ok(isHostAddress(it), it);
});
