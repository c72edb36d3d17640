/** Many worlds, one after the other: nothing is lost, doubled or run too often in any of them. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { World } from './world.js';

/** Seeds 1 to `seeds`, an hour each. */
export async function worldsHold(t: TestContext, seeds: number): Promise<void> {
  let faults = 0;
  let operations = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations, lost, duplicated, overRun, ...report } = await World.run({ seed, hours: 1 });
    const found = { seed, violations, lost, duplicated, overRun };
    assert.deepEqual(found, { seed, violations: [], lost: 0, duplicated: 0, overRun: 0 });
    faults += report.faults;
    operations += report.operations;
  }
  t.diagnostic(`${seeds} virtual hours, ${faults} faults, ${operations} operations`);
  assert.ok(faults > 50 * seeds && operations > 50 * seeds);
}
