import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testRandom } from 'ksocket/testing';
import { JumpingClock } from '../testing/clock.js';
import { Asked } from './asked.js';

test('an answer counts for the address, number and secret that were asked, with the time since', async () => {
  const clock = new JumpingClock();
  const asked = new Asked(clock, testRandom);
  const number = asked.put('10.0.0.1', 7);
  await clock.until(clock.sleep(20));
  assert.equal(asked.age(number, '10.0.0.1', 7), 20);
  assert.equal(asked.age(number, '10.0.0.2', 7), undefined);
  assert.equal(asked.age(number, '10.0.0.1', 8), undefined);
  assert.equal(asked.age((number + 1) & 0xffff, '10.0.0.1', 7), undefined);
});

test('what was asked 65,536 questions ago is forgotten, so that memory does not grow', () => {
  const asked = new Asked(new JumpingClock(), testRandom);
  const number = asked.put('10.0.0.1');
  for (let i = 0; i < 0xffff; i++) asked.put('10.0.0.2');
  assert.notEqual(asked.age(number, '10.0.0.1'), undefined);
  asked.put('10.0.0.3');
  assert.equal(asked.age(number, '10.0.0.1'), undefined);
});
