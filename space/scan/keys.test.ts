/** Whether a node of this scan is one of an earlier scan, by what both are known by. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isAnother } from './keys.js';

test('a new system on the same machine is the same node, and an old disk in another machine is not', () => {
  const before = ['uuid:u-1', 'serial:dell/s1', 'machineId:m1', 'mac:00:11:22:33:44:55'];
  const reinstalled = ['uuid:u-1', 'serial:dell/s1', 'machineId:m2', 'mac:00:11:22:33:44:55'];
  assert.ok(!isAnother('uuid:u-1', reinstalled, before));
  assert.ok(!isAnother('serial:dell/s1', reinstalled, before));
  // Where only weaker keys are equal, the stronger one that differs decides.
  assert.ok(isAnother('mac:00:11:22:33:44:55', reinstalled, before));
  assert.ok(isAnother('machineId:m1', ['uuid:u-2', 'machineId:m1'], before));
  assert.ok(isAnother('serial:dell/s1', ['uuid:u-2', 'serial:dell/s1'], before));
});

test('an agent of SNMP with a new engine ID is on the machine that it was on', () => {
  const [before, now] = [
    ['machineId:m1', 'engineId:80001f88aa'],
    ['machineId:m1', 'engineId:80001f88bb'],
  ];
  assert.ok(!isAnother('machineId:m1', now, before));
  assert.ok(isAnother('hostKey:SHA256:k', now, before));
});

test('an address that was lent to somebody else is no sign of the same device', () => {
  assert.ok(isAnother('address:192.0.2.1', ['mac:00:11:22:33:44:55'], ['mac:00:11:22:33:44:66']));
  assert.ok(!isAnother('address:192.0.2.1', ['mac:00:11:22:33:44:55'], []));
  assert.ok(!isAnother('address:192.0.2.1', [], ['machineId:m1']));
});
