/** What a mode says of services, cleaned for the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sighting } from '../contract/index.js';
import { scanRecord } from '../wire/index.js';
import { sightingRecord } from './records.js';

test('banner and certificate are cleaned and cut, and left out when they say nothing', () => {
  const sighting: Sighting = {
    ...{ addresses: ['192.0.2.1'], alive: 'yes', evidence: [] },
    services: [
      { name: 'ssh', port: 22, banner: `SSH-2.0-\u001b${'x'.repeat(300)}` },
      { name: 'https', port: 443, certificate: 'nas\u202e.example', banner: ' \n' },
    ],
  };
  const at = '2030-01-02T03:04:05.000Z';
  const record = sightingRecord(sighting, { node: '192.0.2.1', addresses: ['192.0.2.1'], source: 'start', at });
  assert.deepEqual(scanRecord.parse(record), record);
  assert.deepEqual(record.services, [
    { name: 'ssh', port: 22, banner: `SSH-2.0-\\u001b${'x'.repeat(241)}` },
    { name: 'https', port: 443, certificate: 'nas\\u202e.example' },
  ]);
});
