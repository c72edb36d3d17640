import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filledIn } from 'ksocket/plugin';
import { dmiUuid } from './dmi.js';

test('what a maker forgot to fill in is no serial number', () => {
  for (const text of [
    'To be filled by O.E.M.',
    ' Not Specified ',
    '0000000000',
    '........',
    'XXXXXXX',
    '0',
    '',
    '  ',
    'Default string',
  ]) {
    assert.equal(filledIn(text), undefined, text);
  }
  assert.equal(filledIn(' 7XK3L4J '), '7XK3L4J');
  assert.equal(filledIn('VMware-42 1d 0a 0b'), 'VMware-42 1d 0a 0b');
});

test('a UUID that many machines share, or that is none, is left out', () => {
  for (const text of [
    '03000200-0400-0500-0006-000700080009',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    'Not Settable',
    '',
  ]) {
    assert.equal(dmiUuid(text), undefined, text);
  }
  assert.equal(dmiUuid('4C4C4544-0058-4B10-8033-B7C04F4C344A'), '4c4c4544-0058-4b10-8033-b7c04f4c344a');
});
