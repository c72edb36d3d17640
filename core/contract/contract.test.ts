import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { growth } from '../../test/kit/growth.js';
import {
  AddressSet,
  addressFromBigInt,
  addressToBigInt,
  asFailure,
  type Failure,
  failure,
  hostsOf,
  parseAddress,
  parseRange,
  rangeSize,
  Secret,
  tryParseAddress,
} from './index.js';

test('an address has one canonical form', () => {
  assert.equal(parseAddress('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(parseAddress('::FFFF:0a00:0001'), '10.0.0.1');
  assert.equal(parseAddress('2001:DB8:0:0:0:0:0:1'), '2001:db8::1');
});

test('forms that other parsers guess about are refused', () => {
  for (const text of [
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    '10.1',
    '10.0.0.1.',
    ' 10.0.0.1',
    'fe80::1%eth0',
    '1.2.3.256',
    '',
    'host',
  ]) {
    assert.equal(tryParseAddress(text), undefined, text);
  }
});

test('ranges are cut to their prefix, and absurd ones are refused with what to write', () => {
  assert.equal(parseRange('10.1.2.3/8').text, '10.0.0.0/8');
  assert.equal(parseRange('10.1.2.3').text, '10.1.2.3');
  assert.equal(rangeSize(parseRange('10.0.0.0/16')), 65_536);
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/1e1', '::/129', 'a/8']) {
    assert.throws(
      () => parseRange(text),
      (e: Failure) => e.code === 'E_INPUT' && e.message.includes(JSON.stringify(text)) && e.remedy !== undefined,
    );
  }
});

test('network and broadcast address are no hosts, except in /31 and /32', () => {
  assert.deepEqual([...hostsOf(parseRange('192.0.2.0/30'))], ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual([...hostsOf(parseRange('192.0.2.0/31'))], ['192.0.2.0', '192.0.2.1']);
  assert.deepEqual([...hostsOf(parseRange('192.0.2.9'))], ['192.0.2.9']);
  assert.equal([...hostsOf(parseRange('2001:db8::/126'))].length, 4);
});

test('every address survives the way to a number and back', () => {
  fc.assert(fc.property(fc.ipV4(), (a) => addressFromBigInt(addressToBigInt(a), 4) === a));
  fc.assert(
    fc.property(fc.ipV6(), (a) => {
      const canonical = tryParseAddress(a);
      return (
        canonical === undefined ||
        canonical.includes('.') ||
        addressFromBigInt(addressToBigInt(canonical), 6) === canonical
      );
    }),
  );
});

test('a range holds exactly the addresses between its ends', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (a, prefix, other) => {
      const range = parseRange(`${a}/${prefix}`);
      const value = addressToBigInt(other);
      return new AddressSet([range]).has(other) === (value >= range.first && value <= range.last);
    }),
  );
});

test('a set answers like asking every range, however they nest, and explains with the widest', () => {
  const nested = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 20, max: 32 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(nested, fc.integer({ min: 0, max: 65_535 }), (parts, low) => {
      const ranges = parts.map(([byte, prefix]) => parseRange(`10.0.${byte >> 3}.${byte}/${prefix}`));
      const address = addressFromBigInt(0x0a000000n + BigInt(low), 4);
      const value = addressToBigInt(address);
      const holding = ranges.filter((r) => value >= r.first && value <= r.last);
      const match = new AddressSet([...ranges, parseRange('::/0')]).match(address);
      assert.equal(match?.prefix, holding.length === 0 ? undefined : Math.min(...holding.map((r) => r.prefix)));
    }),
  );
  assert.ok(AddressSet.parse(['10.0.0.0/8', '::/0']).has('2001:db8::1'));
  assert.ok(!AddressSet.parse(['0.0.0.0/0']).has('::1'));
});

test('a set of ten thousand networks answers nearly as fast as one of a few', () => {
  const setOf = (networks: number) =>
    new AddressSet(Array.from({ length: networks }, (_, i) => parseRange(`10.${i >> 8}.${i & 255}.0/25`)));
  const [few, many] = [setOf(100), setOf(10_000)];
  const slower = growth(100, (times) => {
    const set = times === 1 ? few : many;
    for (let i = 0; i < 100_000; i++) set.has(`10.${i & 63}.7.${i & 255}`);
  });
  // A hundred times the networks: asking them one after the other makes a hundred times the time, which is 1 for each.
  assert.ok(slower < 0.2, `a network costs ${slower.toFixed(2)} of one among few`);
});

test('a secret shows itself to nobody but reveal', () => {
  const it = { password: new Secret('correct horse') };
  for (const text of [JSON.stringify(it), inspect(it), `${it.password}`, String(it.password)]) {
    assert.ok(!text.includes('horse'));
    assert.ok(text.includes('[redacted]'));
  }
  assert.equal(it.password.reveal(), 'correct horse');
});

test('socket errors become failures with verb and place; anything else is a fault of a plug-in', () => {
  const refused = asFailure(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'connect to 192.0.2.1 port 22');
  assert.equal(refused.code, 'E_REFUSED');
  assert.equal(refused.message, 'connection refused: connect to 192.0.2.1 port 22');
  assert.equal(asFailure(new TypeError('boom'), 'inspect').code, 'E_PLUGIN');
  assert.ok(!asFailure(new TypeError('boom'), 'inspect').message.includes('boom'));
  const known = failure('E_LOGIN', 'x');
  assert.equal(asFailure(known, 'y'), known);
});
