/** Real processes, killed with -9 again and again behind a network that spoils everything, lose and double nothing. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runChaos } from './run.js';

test('a minute of kills and spoilt connections', async (t) => {
  const report = await runChaos({ minutes: 1, seed: Date.now() % 1_000_000 });
  t.diagnostic(JSON.stringify(report));
  const { lost, duplicated, overRun, wrong } = report;
  assert.deepEqual({ lost, duplicated, overRun, wrong }, { lost: 0, duplicated: 0, overRun: 0, wrong: [] });
  assert.ok(report.agentKills + report.spaceKills >= 5 && report.operations >= 10);
});
