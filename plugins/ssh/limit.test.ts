/** Limits run in the time that is the peer's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from 'ksocket/testing';
import { Pauses, within } from './limit.js';

test('a limit does not run while its pause lasts, and has what was left of it afterwards', async () => {
  const clock = new VirtualClock();
  const pauses = new Pauses();
  const limit = { clock, signal: new AbortController().signal, ms: 5000, place: 'test', pauses };
  let ended = 'not';
  const work = within(limit, new Promise<never>(() => undefined)).catch((error: Error & { code?: string }) => {
    ended = error.code ?? 'otherwise';
  });
  await clock.advance(3000);
  let resume: () => void = () => undefined;
  const pause = pauses.during(
    new Promise<void>((resolve) => {
      resume = resolve;
    }),
  );
  await clock.advance(60_000);
  assert.equal(ended, 'not');
  resume();
  await pause;
  await clock.advance(1999);
  assert.equal(ended, 'not');
  await clock.advance(1);
  await work;
  assert.equal(ended, 'E_TIMEOUT');
});
