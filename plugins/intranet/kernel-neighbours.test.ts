import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KernelNeighbours, tableSize } from './kernel-neighbours.js';
import { JumpingClock } from './testing/clock.js';

test('a quarter of the kernel’s table is used at once, then no more than ages out', async () => {
  const clock = new JumpingClock();
  const table = new KernelNeighbours(clock, () => 1024);
  const signal = new AbortController().signal;
  const at: number[] = [];
  await clock.until(
    Promise.all(Array.from({ length: 1000 }, () => table.room(signal).then(() => at.push(clock.monotonic())))),
  );
  for (const from of at) {
    const young = at.filter((it) => it >= from && it < from + 5000).length;
    assert.ok(young <= 256 + 5 * 82 + 1, `${young} entries that the kernel may not throw out`);
  }
  assert.ok((at[255] ?? 1) - (at[0] ?? 0) < 50);
});

test('who waits for room leaves with the reason of the signal', async () => {
  const clock = new JumpingClock();
  const table = new KernelNeighbours(clock, () => 1024);
  const abort = new AbortController();
  const waiting = Array.from({ length: 300 }, () => table.room(abort.signal));
  abort.abort(new Error('enough'));
  const results = await Promise.allSettled(waiting);
  assert.ok(results.some((it) => it.status === 'rejected'));
});

test('where the table is larger, more come at once', async () => {
  assert.ok(tableSize('linux') >= 1024);
  assert.equal(tableSize('win32'), 256);
  const clock = new JumpingClock();
  const table = new KernelNeighbours(clock, () => 8192);
  const signal = new AbortController().signal;
  await clock.until(Promise.all(Array.from({ length: 2048 }, () => table.room(signal))));
  assert.ok(clock.monotonic() < 50);
});
