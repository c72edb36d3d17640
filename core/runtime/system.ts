/** The real clock and chance. Everything else receives them as arguments; tests and the simulation bring their own. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Random } from '../contract/index.js';

/** setTimeout counts in 31 bits; a longer wait (24.8 days) would fire at once. */
const longestTimer = 2 ** 31 - 1;

function after(ms: number, run: () => void): () => void {
  if (ms <= longestTimer) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  }
  let takeBack = after(longestTimer, () => {
    takeBack = after(ms - longestTimer, run);
  });
  return () => takeBack();
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};

export const systemRandom: Random = { next: Math.random, bytes: randomBytes };
