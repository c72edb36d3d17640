/** The session under virtual time: nothing is lost, doubled or run too often, whatever happens. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { World } from './world.js';
import { worldsHold } from './worlds.js';

/** As many as fit into `npm test`; the two hundred that every change is held to are in seeds.system.ts, which .ci/run runs. */
const seeds = 20;

test(`${seeds} worlds of an hour each lose, double and over-run nothing`, (t) => worldsHold(t, seeds));

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
