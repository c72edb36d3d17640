/** How much runs before the event loop is free for others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.js';

test('Pieces of many hosts leave the event loop free after each slice, and every host comes to its end', async () => {
  let now = 0;
  let longest = 0;
  let free = 0;
  const turns = new Turns({
    monotonic: () => now,
    after(_, run) {
      const immediate = setImmediate(() => {
        free = now;
        run();
      });
      return () => clearImmediate(immediate);
    },
  });
  const done = new Map<number, number>();
  const host = async (which: number) => {
    for (let piece = 0; piece < 10; piece++) {
      await turns.next();
      now += 6;
      longest = Math.max(longest, now - free);
      done.set(which, (done.get(which) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, which) => host(which)));
  assert.deepEqual([...done.values()], new Array(20).fill(10));
  assert.ok(longest <= 12, `${longest} ms without a look at others`);
});
