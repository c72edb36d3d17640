/** What an earlier scan knew of a service is not lost to a later one that was too slow to hear it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleNodes, type NodeDocument } from '../../core/inventory/index.js';
import type { ScanRecordOf } from '../../core/wire/index.js';
import { sighting } from '../testing/records.js';
import { mergeWithEarlier } from './merge.js';

type Services = NonNullable<ScanRecordOf<'sighting'>['services']>;

function node(services: Services): NodeDocument {
  const [it] = assembleNodes([sighting('192.0.2.10', { services })]);
  assert.ok(it);
  return it;
}

const merged = (earlier: Services, now: Services) => mergeWithEarlier(node(earlier), node(now)).addresses[0]?.services;

test('a service keeps its banner until it says another, and goes when it is closed', () => {
  const ssh = { name: 'ssh', port: 22 };
  const https = { name: 'https', port: 443, certificate: 'a.example' };
  assert.deepEqual(merged([{ ...ssh, banner: 'SSH-2.0-a' }, https], [ssh]), [{ ...ssh, banner: 'SSH-2.0-a' }]);
  assert.deepEqual(merged([{ ...ssh, banner: 'SSH-2.0-a' }], [{ ...ssh, banner: 'SSH-2.0-b' }]), [
    { ...ssh, banner: 'SSH-2.0-b' },
  ]);
  assert.deepEqual(merged([https], []), [https]);
});
