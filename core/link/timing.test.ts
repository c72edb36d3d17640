/** When to try again, when to give up, and when the other end is dead. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom, VirtualClock } from '../../test/kit/index.js';
import { Heartbeat } from './heartbeat.js';
import { ResumePolicy } from './resume-policy.js';

const settings = { resumeRetries: 3, resumePlateau: 10, resumeThreshold: 120 };

test('back-off doubles to the plateau, half of it random, and the tries are counted', () => {
  const policy = new ResumePolicy({ ...settings, resumeRetries: 6 }, { ...seededRandom(1), next: () => 1 }, true);
  const waits = Array.from({ length: 6 }, () => policy.failed({ cause: 'peer' })).map((n) =>
    'wait' in n ? n.wait : -1,
  );
  assert.deepEqual(waits, [1, 2, 4, 8, 10, 10]);
  assert.deepEqual(policy.failed({ cause: 'peer' }), { exit: 75 });
});

test('the exit code says whether it ever worked and whether it was refused', () => {
  const tries = (worked: boolean, cause: 'peer' | 'refused') => {
    const policy = new ResumePolicy(settings, seededRandom(1), worked);
    for (let i = 0; i < 3; i++) policy.failed({ cause });
    return policy.failed({ cause });
  };
  assert.deepEqual(tries(true, 'peer'), { exit: 75 });
  assert.deepEqual(tries(false, 'peer'), { exit: 78 });
  assert.deepEqual(tries(true, 'refused'), { exit: 77 });
});

test('only a connection that held long enough forgives earlier failures; retryAfter is obeyed', () => {
  const policy = new ResumePolicy(settings, { ...seededRandom(1), next: () => 0.5 }, true);
  policy.failed({ cause: 'peer' });
  policy.lost(10, { cause: 'peer' });
  assert.equal(policy.failures, 1);
  assert.deepEqual(policy.lost(121, { cause: 'peer' }), { wait: 5 });
  assert.equal(policy.failures, 0);
  assert.deepEqual(policy.lost(121, { cause: 'peer', retryAfter: 30 }), { wait: 45 });
});

test('after a loss the back-off begins a step later, and a space that asked for time is not pressed', () => {
  const policy = new ResumePolicy({ ...settings, resumeRetries: 9 }, { ...seededRandom(1), next: () => 1 }, true);
  policy.lost(121, { cause: 'peer' });
  assert.deepEqual(policy.failed({ cause: 'peer' }), { wait: 2 });
  policy.ready();
  policy.lost(121, { cause: 'local' });
  assert.deepEqual(policy.failed({ cause: 'local' }), { wait: 1 });
  policy.ready();
  assert.deepEqual(policy.lost(121, { cause: 'peer', retryAfter: 30 }), { wait: 60 });
  assert.deepEqual(policy.failed({ cause: 'peer' }), { wait: 20 });
  policy.ready();
  policy.lost(121, { cause: 'local' });
  assert.deepEqual(policy.failed({ cause: 'peer' }), { wait: 1 });
});

test('a heartbeat goes out every interval, whatever the time-out, and a peer that stays silent after one is dead', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const began = clock.now();
  const at = (what: string) => log.push(`${what} ${(clock.now() - began) / 1000}`);
  const heartbeat = new Heartbeat(
    { heartbeatInterval: 60, heartbeatTimeout: 30 },
    clock,
    { ...seededRandom(1), next: () => 0.5 },
    { send: () => at('beat'), dead: () => at('dead') },
  );
  heartbeat.begin();
  await clock.advance(61_000);
  heartbeat.received();
  await clock.advance(60_000);
  heartbeat.received();
  await clock.advance(100_000);
  heartbeat.end();
  await clock.advance(1_000_000);
  assert.deepEqual(log, ['beat 60', 'beat 120', 'beat 180', 'dead 210']);
});

test('a timer that fires late means that we slept: one more chance', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  let asleep = 0;
  const sleepy = { ...clock, after: clock.after.bind(clock), monotonic: () => clock.monotonic() + asleep };
  const heartbeat = new Heartbeat(
    { heartbeatInterval: 60, heartbeatTimeout: 30 },
    sleepy as never,
    { ...seededRandom(1), next: () => 0.5 },
    { send: (n) => log.push(`beat ${n}`), dead: () => log.push('dead') },
  );
  heartbeat.begin();
  await clock.advance(60_000);
  asleep = 3_600_000;
  await clock.advance(30_000);
  assert.deepEqual(log, ['beat 1', 'beat 2']);
});
