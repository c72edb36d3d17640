/** What a space's user orders: short and long work, with and without checkpoints, some of it impossible. */
import type { Random } from '../../core/contract/index.js';
import type { NewOrder } from './space.js';
import type { SimulatedInput } from './target.js';

export type SimulatedOrder = NewOrder & { readonly input: SimulatedInput };

/** @param small one of many at once */
export function newOrder(random: Random, n: number, small: boolean): SimulatedOrder {
  const chance = (share: number): boolean => random.next() < share;
  const upTo = (most: number): number => Math.floor(random.next() * (most + 1));
  const once = chance(0.3);
  const large = !small && chance(0.1);
  const input = {
    key: `order ${n}`,
    units: large ? 100 + upTo(300) : upTo(small ? 2 : 12),
    stepMs: large ? 1 + upTo(20) : 100 + upTo(small ? 2000 : 8000),
    every: chance(0.7) ? 1 + upTo(4) : 0,
    ...(chance(0.1) ? { failsAfter: upTo(6) } : {}),
  };
  return {
    kind: chance(0.05) ? 'sim.forbidden' : once ? 'sim.once' : 'sim.safe',
    input,
    class: once ? 'once' : 'safe',
    startWithin: chance(0.1) ? 5 + upTo(60) : 3600,
    timeLimit: chance(0.1) ? 5 + upTo(20) : 1800,
    maxRuns: once ? 1 : 1 + upTo(3),
  };
}
