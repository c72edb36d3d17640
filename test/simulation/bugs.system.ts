/** The simulation is worth what it finds: every mistake of bugs.ts shows itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { bugs } from './bugs.js';
import { World } from './world.js';

/** Worlds in which a mistake must show itself. */
const patience = 60;

/** Worlds that have shown some of them, tried first; a mistake that is no longer seen there is looked for in all. */
const seenIn: Readonly<Record<string, number>> = {
  'a new run says that it keeps nothing': 4,
  'a new run tells what it keeps, and nothing of runs that the space never heard of': 7,
  'a new run keeps its records and begins at the first unit all the same': 3,
  'a new run begins its digest anew though it keeps records': 3,
  'runs are not counted over a crash': 2,
  'an order that was settled is run again': 6,
  'credit does not count what is open': 3,
  'more operations run at once than the setting says': 3,
  'the records that a new run keeps are dropped': 3,
};

test('there are at least twenty', () => assert.ok(bugs.length >= 20));

for (const bug of bugs) {
  test(`found: ${bug.name}`, async (t) => {
    const all = Array.from({ length: patience }, (_, i) => i + 1);
    for (const seed of [seenIn[bug.name] ?? 1, ...all]) {
      const { violations } = await World.run({ seed, hours: 1, mutation: bug, stopAtFirst: true });
      if (violations.length > 0) return t.diagnostic(`seed ${seed}: ${violations[0]}`);
    }
    assert.fail(`not found in ${patience} worlds`);
  });
}
