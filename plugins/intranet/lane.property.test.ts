/** Whatever hosts and machine do, a lane ends, says one thing of each address, and finds whoever answers in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from './entry.js';
import { Lane } from './lane.js';
import { Pace } from './pace.js';
import type { Probe, Shot } from './probes/probe.js';
import { SubnetBudget } from './subnet-budget.js';
import { JumpingClock } from './testing/clock.js';

/** How one address behaves towards one probe: when it answers which attempt, or never. */
const behaviour = fc.record({
  answers: fc.constantFrom('never', 'first', 'second', 'each', 'no', 'word'),
  delayMs: fc.constantFrom(0, 5, 90, 140, 400, 1200, 5000),
  shot: fc.constantFrom<Shot>('sent', 'sent', 'sent', 'sent', 'nothing', 'busy', 'short', { refused: 'no-route' }),
});

const world = fc.record({
  seed: fc.nat(),
  size: fc.integer({ min: 1, max: 300 }),
  rate: fc.constantFrom(50, 1000, 20_000),
  share: fc.constantFrom(undefined, 40, 5000),
  probes: fc.array(
    fc.record({
      repeats: fc.boolean(),
      waits: fc.array(fc.constantFrom(10, 100, 300), { minLength: 1, maxLength: 3 }),
      places: fc.constantFrom(3, 50, 1000),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 12 }),
  /** One of so many shots the machine cannot. */
  troubles: fc.integer({ min: 2, max: 40 }),
});

function seeded(seed: number) {
  let state = seed | 1;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state >>> 8) & 0xffffff) / 0x1000000;
  };
  return { next, bytes: (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256))) };
}

test('whatever hosts and machine do, a lane ends and says one thing of each address', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (it) => {
      const clock = new JumpingClock();
      const outcomes: Outcome[] = [];
      const pace = new Pace(clock, { start: it.rate, cap: it.rate });
      const lane = new Lane({
        ...{ clock, pace, random: seeded(it.seed), permits: () => true, duplicate: () => undefined },
        ...(it.share === undefined ? {} : { budget: new SubnetBudget(clock, it.share) }),
        outcome: (one) => void outcomes.push(one),
      });
      const addresses = Array.from({ length: it.size }, (_, i) => `10.${i % 3}.0.${i}`);
      for (const [number, one] of it.probes.entries()) {
        const open = new Set<string>();
        // By chance: what comes at every second shot can meet the same address for ever.
        const trouble = seeded(it.seed + number);
        const probe: Probe = {
          ...{ name: `probe-${number}`, waits: one.waits, repeats: one.repeats, packets: 1 },
          send(address, attempt) {
            const how = it.behaviours[(addresses.indexOf(address) + number) % it.behaviours.length]!;
            // Being busy or short passes; a machine that never recovers is another test.
            const isTrouble = how.shot === 'busy' || how.shot === 'short';
            if (how.shot !== 'sent' && (!isTrouble || trouble.next() < 1 / it.troubles)) return how.shot;
            if (open.size >= one.places && !open.has(address)) return 'busy';
            open.add(address);
            const isAnswered = how.answers === 'each' || attempt === (how.answers === 'second' ? 1 : 0);
            if (how.answers === 'never' || !isAnswered) return 'sent';
            const alive = how.answers === 'no' ? ('no' as const) : ('yes' as const);
            const evidence = { probe: probe.name, answer: how.answers };
            clock.after(how.delayMs, () =>
              lane.hearing.heard({ address, evidence, ...(how.answers === 'word' ? {} : { alive }) }),
            );
            return 'sent';
          },
          forget: (address) => void open.delete(address),
          close: () => undefined,
        };
        lane.use(probe);
      }
      for (const address of addresses) lane.add(address);
      // Each address has a handful of questions: an hour is enough for the slowest of these lanes.
      const abort = new AbortController();
      clock.after(3_600_000, () => abort.abort(new Error('the lane does not end')));
      await clock.until(lane.run(abort.signal));
      assert.deepEqual(outcomes.map((one) => one.address).sort(), [...addresses].sort());
      for (const one of outcomes) {
        const how = it.behaviours[addresses.indexOf(one.address) % it.behaviours.length]!;
        const wait = it.probes[0]?.waits[0] ?? 0;
        if (how.shot === 'sent' && how.answers === 'first' && how.delayMs < wait) assert.equal(one.alive, 'yes');
        if (how.shot === 'sent' && how.answers === 'no' && how.delayMs < wait) assert.equal(one.alive, 'no');
      }
    }),
    { numRuns: 300 },
  );
});
