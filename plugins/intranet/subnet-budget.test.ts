import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubnetBudget } from './subnet-budget.js';
import { JumpingClock } from './testing/clock.js';

test('a network has one share, whichever of its addresses are asked, and another network its own', () => {
  for (const [network, other] of [
    ['192.0.2.', '198.51.100.'],
    ['2001:db8::', '2001:db8:0:1::'],
  ] as const) {
    const budget = new SubnetBudget(new JumpingClock(), 100);
    // 100 a second, 50 ms of them at once.
    const taken = Array.from({ length: 20 }, (_, i) => budget.take(`${network}${i + 1}`, 1)).filter(Boolean).length;
    assert.equal(taken, 5, network);
    assert.equal(budget.take(`${other}1`, 1), true);
    budget.giveBack(`${network}9`, 1);
    assert.equal(budget.take(`${network}7`, 1), true);
  }
});
