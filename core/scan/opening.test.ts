/** The time limit of a login, and the time that is not the login's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testLogger, VirtualClock } from '../../test/kit/index.js';
import type { Session } from '../contract/index.js';
import { openSession } from './opening.js';

const seconds = 1000;
const session: Session = { async *neighbours() {}, async *inspect() {}, close() {} };

test('who waits for another login of the account keeps the time that its own has, and no more', async () => {
  const clock = new VirtualClock();
  const parts = { clock, log: testLogger() };
  const never = new AbortController().signal;
  const opens = (afterMs: number) =>
    openSession(parts, never, 'log in', async (life, unhurried) => {
      await clock.sleep(30 * seconds, life);
      await unhurried(() => clock.sleep(300 * seconds, life));
      await clock.sleep(afterMs, life);
      return session;
    }).then(
      () => 'in',
      ({ code }: { code: string }) => code,
    );
  const came = Promise.all([opens(29 * seconds), opens(31 * seconds)]);
  await clock.advance(400 * seconds);
  assert.deepEqual(await came, ['in', 'E_TIMEOUT']);
});
