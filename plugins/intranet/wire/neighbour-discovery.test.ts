import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { transportChecksum } from './checksum.js';
import { readAdvertisement, solicitation } from './neighbour-discovery.js';

const source = { mac: '02:00:00:00:00:01', address: '2001:db8::1' };
const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** 2001:db8::9 to the station above, solicited and override, written out by RFC 4861, 4.4. */
function advertisement(change: (frame: Buffer) => void = () => undefined, option = '0201 0211aabbccdd'): Buffer {
  const options = hex(option);
  const frame = Buffer.concat([
    hex('020000000001 0211aabbccdd 86dd 60000000 0000 3a ff'),
    hex('20010db8000000000000000000000009 20010db8000000000000000000000001'),
    hex('8800 0000 60000000 20010db8000000000000000000000009'),
    options,
  ]);
  frame.writeUInt16BE(24 + options.length, 18);
  change(frame);
  frame.writeUInt16BE(transportChecksum(frame.subarray(22, 54), 58, frame.subarray(54)), 56);
  return frame;
}

describe('neighbour discovery', () => {
  test('a solicitation goes to the solicited-node group of its target, with our MAC address', () => {
    const expected = hex(`
      3333ff123456 020000000001 86dd 60000000 0020 3a ff
      20010db8000000000000000000000001 ff0200000000000000000001ff123456
      8700 0000 00000000 20010db8000000000000abcdef123456 0101 020000000001`);
    const frame = solicitation(source, '2001:db8::abcd:ef12:3456');
    assert.equal(transportChecksum(frame.subarray(22, 54), 58, frame.subarray(54)), 0);
    frame.writeUInt16BE(0, 56);
    assert.deepEqual(frame, expected);
  });

  test('an advertisement tells who has the address, and whom it was sent to', () => {
    const expected = { target: '2001:db8::9', mac: '02:11:aa:bb:cc:dd', to: source };
    assert.deepEqual(readAdvertisement(advertisement()), expected);
    const after = '0e01 000000000000 0201 0211aabbccdd';
    assert.deepEqual(readAdvertisement(advertisement(undefined, after)), expected, 'behind an unknown option');
    assert.deepEqual(readAdvertisement(advertisement(undefined, '')), { ...expected, mac: undefined });
    for (const mac of ['000000000000', 'ffffffffffff', '333300000001'])
      assert.equal(readAdvertisement(advertisement(undefined, `0201 ${mac}`))?.mac, undefined, mac);
  });

  test('what came through a router, is damaged or is of another kind tells nothing', () => {
    const changes: Record<string, (frame: Buffer) => void> = {
      'hop limit 254': (it) => it.writeUInt8(254, 21),
      'another EtherType': (it) => it.writeUInt16BE(0x0800, 12),
      'another version': (it) => it.writeUInt8(0x40, 14),
      'an extension header': (it) => it.writeUInt8(0, 20),
      'a solicitation': (it) => it.writeUInt8(135, 54),
      'a code': (it) => it.writeUInt8(1, 55),
      'a multicast target': (it) => it.writeUInt8(0xff, 62),
      'an option of length 0': (it) => it.writeUInt8(0, 79),
      'an option over the end': (it) => it.writeUInt8(2, 79),
    };
    for (const [what, change] of Object.entries(changes))
      assert.equal(readAdvertisement(advertisement(change)), undefined, what);
    const damaged = advertisement();
    damaged.writeUInt8(7, 60);
    assert.equal(readAdvertisement(damaged), undefined, 'a wrong checksum');
  });

  test('a cut frame tells nothing, and what lies behind the packet is not read', () => {
    const frame = advertisement();
    for (let length = 0; length < frame.length; length++)
      assert.equal(readAdvertisement(frame.subarray(0, length)), undefined);
    const padded = Buffer.concat([frame, Buffer.alloc(1400, 0xff)]);
    assert.deepEqual(readAdvertisement(padded), readAdvertisement(frame));
  });

  test('any bytes are read without a throw', () => {
    const head = advertisement().subarray(0, 54);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
        readAdvertisement(Buffer.from(bytes));
        readAdvertisement(Buffer.concat([head, bytes]));
      }),
    );
  });
});
