import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfLifeOf } from './end-of-life.js';

const ends = (os: Parameters<typeof endOfLifeOf>[0]) => {
  const end = endOfLifeOf(os);
  return end && [end.date, end.extended];
};

test('a release ends when the table says, by os-release’s ID or by the family', () => {
  assert.deepEqual(ends({ id: 'debian', version: '12' }), ['2026-07-11', '2028-06-30']);
  assert.deepEqual(ends({ id: 'debian', version: '12.5' }), ['2026-07-11', '2028-06-30']);
  assert.deepEqual(ends({ id: 'rhel', version: '8.10' }), ['2029-05-31', '2032-05-31']);
  assert.deepEqual(ends({ id: 'alpine', version: '3.18.4' }), ['2025-05-09', undefined]);
  assert.deepEqual(ends({ family: 'FreeBSD', version: '14.3-RELEASE-p2' }), ['2026-06-30', undefined]);
  assert.deepEqual(ends({ family: 'Darwin', name: 'macOS', version: '10.15.7' }), ['2022-09-12', undefined]);
  assert.match(endOfLifeOf({ id: 'ubuntu', version: '22.04' })?.source ?? '', /20\d\d-\d\d$/);
});

test('a service pack or point release has an end of its own, and another one’s is not taken for it', () => {
  assert.deepEqual(ends({ id: 'sles', version: '15.4' }), ['2023-12-31', '2026-12-31']);
  assert.equal(ends({ id: 'sles', version: '15.9' }), undefined);
  assert.equal(ends({ family: 'FreeBSD', version: '14.9' }), undefined);
});

test('what the table does not know is unknown', () => {
  for (const os of [
    {},
    { family: 'Darwin', version: '13.4.0' },
    { id: 'debian' },
    { id: 'debian', version: '' },
    { id: 'debian', version: '99' },
    { id: 'arch', version: '1' },
    { id: 'constructor', version: '1' },
    { id: 'debian', version: 'constructor' },
    { id: 'centos', name: 'CentOS Stream', version: '8' },
  ])
    assert.equal(endOfLifeOf(os), undefined, JSON.stringify(os));
});
