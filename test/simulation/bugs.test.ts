/** The simulation is worth what it finds: every mistake of bugs.ts shows itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { bugs } from './bugs.js';
import { World } from './world.js';

/** Worlds in which a mistake must show itself. */
const patience = 60;

test('there are at least twenty', () => assert.ok(bugs.length >= 20));

for (const bug of bugs) {
  test(`found: ${bug.name}`, async (t) => {
    for (let seed = 1; seed <= patience; seed++) {
      const { violations } = await World.run({ seed, hours: 1, mutation: bug, stopAtFirst: true });
      if (violations.length > 0) return t.diagnostic(`seed ${seed}: ${violations[0]}`);
    }
    assert.fail(`not found in ${patience} worlds`);
  });
}
