/** The session under virtual time: nothing is lost, doubled or run too often, whatever happens. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { World } from './world.js';

/** As many as fit into `npm test`; the two hundred that every change is held to are in seeds.system.ts, which .ci/run runs. */
const seeds = 6;

test(`${seeds} worlds of an hour each lose, double and over-run nothing`, async (t) => {
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
});

test('the same seed is the same world', async () => {
  const frames = async () => {
    const trace: string[] = [];
    await World.run({ seed: 7, hours: 0.3, trace: (text) => void trace.push(text) });
    return trace;
  };
  const [first, second] = [await frames(), await frames()];
  assert.ok(first.length > 100);
  assert.deepEqual(first, second);
});
