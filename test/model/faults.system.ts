/** The order of steps under several faults, one after the other, visited with one operation alone. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { check } from './check.js';

for (const [only, faults] of [
  [0, { drops: 1, agent: 2, space: 1, reinstall: 1, total: 3 }],
  [1, { drops: 2, agent: 2, space: 2, reinstall: 1, total: 3 }],
] as const) {
  test(`operation ${only} alone, three faults: ${JSON.stringify(faults)}`, (t) => {
    const { states, violation } = check({ faults, only });
    t.diagnostic(`${states} states`);
    assert.deepEqual(violation, undefined);
    assert.ok(states > 10_000);
  });
}
