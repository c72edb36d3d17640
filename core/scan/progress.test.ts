import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../test/kit/clock.js';
import { ProgressMeter, type Steps } from './progress.js';

const begin: Steps = {
  probed: 0,
  expected: 1000,
  alive: 0,
  entered: 0,
  collected: 0,
  hosts: 0,
  handled: 0,
  detailed: 0,
};

async function after(clock: VirtualClock, meter: ProgressMeter, seconds: number, steps: (second: number) => Steps) {
  let last = meter.of(steps(0));
  for (let second = 1; second <= seconds; second++) {
    await clock.advance(1000);
    last = meter.of(steps(second));
  }
  return last;
}

test('the remaining time of a sweep is what its pace promises, and its numbers stand beside the sentence', async () => {
  const clock = new VirtualClock();
  const progress = await after(clock, new ProgressMeter(clock), 5, (s) => ({ ...begin, probed: s * 100 }));
  assert.equal(progress.remainingSeconds, 5);
  assert.deepEqual([progress.done, progress.total], [500, 1000]);
  assert.equal(progress.counts?.addressesPerSecond, 100);
  assert.match(progress.note, /500 of 1000 addresses looked at/);
});

test('hosts that wait for their login are counted with the pace of logins, not with that of silent addresses', async () => {
  const clock = new VirtualClock();
  const progress = await after(clock, new ProgressMeter(clock), 10, (s) => ({
    ...begin,
    probed: s * 100,
    hosts: 60,
    handled: s * 2,
  }));
  // 40 to enter at 2 a second, then 60 to read, which are taken to last as long.
  assert.equal(progress.remainingSeconds, 20 + 30);
});

test('nothing is promised while no pace is known', async () => {
  const clock = new VirtualClock();
  const meter = new ProgressMeter(clock);
  assert.equal(meter.of({ ...begin, probed: 10 }).remainingSeconds, undefined);
  const stuck = await after(clock, meter, 5, () => ({ ...begin, probed: 1000, hosts: 3 }));
  assert.equal(stuck.remainingSeconds, undefined);
});

test('at the end nothing remains', async () => {
  const clock = new VirtualClock();
  const done = await after(clock, new ProgressMeter(clock), 3, () => ({
    ...begin,
    probed: 1000,
    hosts: 3,
    handled: 3,
    detailed: 3,
  }));
  assert.equal(done.remainingSeconds, 0);
  assert.equal(done.done, done.total);
});
