/** The bench compares with what is there, so that must be known exactly. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { AddressSet, hostsOf, parseRange } from '../../../core/contract/index.js';
import { firstTwentieth, populate, seeded } from './population.js';

for (const [prefix, alive, count] of [
  [24, { count: 200 }, 200],
  [24, { share: 1 }, 253],
  [16, { share: 0.01 }, 655],
  [16, { share: 0.5 }, 32_767],
] as const) {
  test(`in a /${prefix} exactly ${count} answer, and never the asking machine`, () => {
    const it = populate({ prefix, alive, random: seeded(7) });
    assert.equal(it.alive.size, count);
    assert.ok(!it.alive.has(it.own));
    const answering = new AddressSet(it.pieces.map(parseRange));
    const hosts = [...hostsOf(parseRange(it.network))];
    assert.ok(hosts.every((host) => answering.has(host) === it.alive.has(host)));
    assert.equal(hosts.length, it.alive.size + it.dead + 1);
    assert.ok(it.pieces.length <= 4096);
  });
}

test('the first /20 holds its share and nothing from beyond', () => {
  const part = firstTwentieth(populate({ prefix: 16, alive: { share: 0.5 }, random: seeded(7) }));
  const inside = new AddressSet([parseRange(part.network)]);
  assert.ok([...part.alive].every((address) => inside.has(address)));
  assert.ok(part.alive.size > 1500 && part.alive.size < 2600);
});
