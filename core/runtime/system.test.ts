import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from './index.js';

test('a wait longer than 24 days does not end at once', async () => {
  let fired = false;
  const takeBack = systemClock.after(30 * 24 * 3600 * 1000, () => {
    fired = true;
  });
  await systemClock.sleep(20);
  takeBack();
  assert.ok(!fired);
});
