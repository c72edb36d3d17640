/** The real clock and chance. Everything else receives them as arguments; tests and the simulation bring their own. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Random } from '../contract/index.js';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};

export const systemRandom: Random = { next: Math.random, bytes: randomBytes };
