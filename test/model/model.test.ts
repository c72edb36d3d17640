/** The order of steps holds in every reachable state, and each wrong order is caught. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { check } from './check.js';
import type { Faults } from './state.js';
import { type WrongOrder, wrongOrders } from './wrong-orders.js';

const none: Faults = { drops: 0, agent: 0, space: 0, reinstall: 0, total: 9 };
const any: Faults = { drops: 1, agent: 1, space: 1, reinstall: 0, total: 1 };

test('two operations, a drop or a crash of either end at every moment: nothing lost, doubled, mixed or run too often', (t) => {
  const began = performance.now();
  const { states, violation } = check({ faults: any });
  t.diagnostic(`${states} states in ${Math.round(performance.now() - began)} ms`);
  assert.deepEqual(violation, undefined);
  assert.ok(states >= 200_000, `${states} states`);
});

/** What it takes for a wrong order to show itself; by default one fault of any kind. */
const takes: Partial<Record<WrongOrder, Faults>> = {
  'the first run is always run 1 after a reinstallation': { ...none, reinstall: 1 },
  'frames of a replaced connection are taken': { ...none, drops: 1, agent: 1 },
};

for (const [wrong, invariant] of Object.entries(wrongOrders) as [WrongOrder, string][]) {
  test(`caught: ${wrong}`, (t) => {
    const { states, violation } = check({ wrong, faults: takes[wrong] ?? any });
    t.diagnostic(`${states} states; ${violation?.text} after ${violation?.trace.length} steps:`);
    for (const step of violation?.trace ?? []) t.diagnostic(step);
    assert.equal(violation?.invariant, invariant);
  });
}
