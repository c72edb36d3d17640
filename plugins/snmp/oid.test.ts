import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareOids, indexBelow } from './oid.js';

const oid = fc.array(fc.oneof(fc.nat(12), fc.nat(0xffffffff)), { minLength: 1, maxLength: 6 });

function bySubIdentifiers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

test('OIDs are ordered by their sub-identifiers as numbers', () => {
  fc.assert(
    fc.property(oid, oid, (a, b) => {
      assert.equal(Math.sign(compareOids(a.join('.'), b.join('.'))), Math.sign(bySubIdentifiers(a, b)));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(oid, (a) => assert.equal(compareOids(a.join('.'), a.join('.')), 0)));
});

test('An index is what stands below the column, not below a column with the same digits', () => {
  assert.equal(indexBelow('1.3.6.1.2', '1.3.6.1.2.7.0'), '7.0');
  assert.equal(indexBelow('1.3.6.1.2', '1.3.6.1.21.7'), undefined);
  assert.equal(indexBelow('1.3.6.1.2', '1.3.6.1.2'), undefined);
});
