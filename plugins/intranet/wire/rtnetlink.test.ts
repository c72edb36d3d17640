import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  isEnd,
  type NetlinkMessage,
  neighbourRequest,
  readMessages,
  readNeighbour,
  readRoute,
  routeRequest,
} from './rtnetlink.js';

/** Written out by rtnetlink(7): struct nlmsghdr, struct rtmsg, attributes. */
const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const first = (it: Buffer): NetlinkMessage => {
  const [message] = readMessages(it);
  assert.ok(message !== undefined);
  return message;
};

/** 10.67.0.7 by dev 5, from 10.68.0.1. */
const onLink = bytes(`
  34000000 1800 0000 07000000 00000000
  02 20 00 00 fe 00 00 01 00000000
  0800 0100 0a430007  0800 0400 05000000  0800 0700 0a440001`);
const throughGateway = bytes(`
  3c000000 1800 0000 08000000 00000000
  02 20 00 00 fe 00 00 01 00000000
  0800 0100 0a430007  0800 0500 0a4200fe  0800 0400 03000000  0800 0700 0a420001`);
/** 2001:db8::7 through fe80::1 by dev 5, from 2001:db8:1::1. */
const ipv6 = bytes(`
  60000000 1800 0000 09000000 00000000
  0a 80 00 00 fe 03 00 01 00000000
  1400 0100 20010db8000000000000000000000007  1400 0500 fe800000000000000000000000000001
  0800 0400 05000000  1400 0700 20010db8000100000000000000000001`);
/** EHOSTUNREACH, with the head of the request. */
const failed = bytes(`
  24000000 0200 0000 0a000000 00000000
  8fffffff  24000000 1a00 0100 0a000000 00000000`);

describe('rtnetlink', () => {
  test('a route request names the address alone', () => {
    const expected4 = '24000000 1a00 0100 07000000 00000000 02 20 00 00 00 00 00 00 00000000 0800 0100 0a430007';
    assert.deepEqual(routeRequest('10.67.0.7', 7), bytes(expected4));
    const expected6 =
      '30000000 1a00 0100 07000000 00000000 0a 80 00 00 00 00 00 00 00000000 1400 0100 20010db8000000000000000000000007';
    assert.deepEqual(routeRequest('2001:db8::7', 7), bytes(expected6));
  });

  test('a neighbour request asks for the whole table of a family', () => {
    const expected = '1c000000 1e00 0103 07000000 00000000 0a000000 00000000 00000000';
    assert.deepEqual(neighbourRequest(6, 7), bytes(expected));
  });

  test('an answer tells the interface, the source and whether there is a next hop', () => {
    assert.deepEqual(readRoute(first(onLink)), {
      ...{ kind: 'unicast', interfaceIndex: 5, routed: false, source: '10.68.0.1' },
    });
    assert.deepEqual(readRoute(first(throughGateway)), {
      ...{ kind: 'unicast', interfaceIndex: 3, routed: true, source: '10.66.0.1' },
    });
    assert.deepEqual(readRoute(first(ipv6)), {
      ...{ kind: 'unicast', interfaceIndex: 5, routed: true, source: '2001:db8:1::1' },
    });
  });

  test('local, broadcast, unreachable, prohibiting and blackhole routes are told from a way there', () => {
    const kind = (type: number) => {
      const it = Buffer.from(onLink);
      it.writeUInt8(type, 16 + 7);
      return readRoute(first(it))?.kind;
    };
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(kind), [
      'unicast',
      'local',
      'broadcast',
      'local',
      'none',
      'none',
      'none',
      'none',
      'none',
    ]);
    assert.deepEqual(readRoute(first(failed)), { kind: 'none' });
  });

  test('several messages of one datagram are told apart by their sequence', () => {
    const all = [...readMessages(Buffer.concat([onLink, failed, throughGateway, ipv6]))];
    assert.deepEqual(
      all.map((it) => it.sequence),
      [7, 10, 8, 9],
    );
    assert.deepEqual(all.map(isEnd), [false, true, false, false]);
  });

  test('a cut message and one longer than its datagram tell nothing', () => {
    for (let length = 0; length < onLink.length; length++)
      assert.deepEqual([...readMessages(onLink.subarray(0, length))], []);
    const oversized = Buffer.from(onLink);
    oversized.writeUInt32LE(0xffffffff, 0);
    assert.deepEqual([...readMessages(oversized)], []);
    const endless = Buffer.from(onLink);
    endless.writeUInt32LE(0, 0);
    assert.deepEqual([...readMessages(endless)], []);
  });

  test('an attribute that runs over its message is not read, nor those behind it', () => {
    const it = Buffer.from(onLink);
    it.writeUInt16LE(200, 16 + 12 + 8);
    assert.equal(readRoute(first(it)), undefined, 'the interface is missing');
  });

  test('a source of another length than its family has is none', () => {
    const it = Buffer.from(onLink);
    it.writeUInt8(10, 16);
    assert.deepEqual(readRoute(first(it)), {
      ...{ kind: 'unicast', interfaceIndex: 5, routed: false, source: undefined },
    });
  });

  test('neighbours that somebody vouched for are taken, with their MAC address', () => {
    const neighbour = (state: string, flags = '00', mac = '0211aabbccdd') =>
      readNeighbour(
        first(
          bytes(`3c000000 1c00 0200 07000000 00000000
            0a 00 0000 05000000 ${state} ${flags} 01
            1400 0100 20010db8000000000000000000000007  0a00 0200 ${mac} 0000`),
        ),
      );
    const expected = { address: '2001:db8::7', mac: '02:11:aa:bb:cc:dd', interfaceIndex: 5 };
    for (const state of ['0200', '0400', '0800', '1000', '8000']) assert.deepEqual(neighbour(state), expected);
    // INCOMPLETE, FAILED, NOARP, none.
    for (const state of ['0100', '2000', '4000', '0000']) assert.equal(neighbour(state), undefined);
    assert.equal(neighbour('0200', '08'), undefined, 'a proxy entry');
    assert.equal(neighbour('0200', '00', '000000000000'), undefined);
    assert.equal(readNeighbour(first(onLink)), undefined, 'a route');
  });

  test('any bytes are read without a throw', () => {
    const read = (it: Buffer) => [...readMessages(it)].map((message) => [readRoute(message), readNeighbour(message)]);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (it) => void read(Buffer.from(it))));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(24, 28, 2), (it, type) => {
        const head = Buffer.alloc(16);
        head.writeUInt32LE(16 + it.length, 0);
        head.writeUInt16LE(type, 4);
        read(Buffer.concat([head, it]));
      }),
    );
  });
});
