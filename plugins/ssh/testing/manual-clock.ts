/** Nothing happens until the test says that time has passed. */
import type { Clock } from 'ksocket/plugin';
import { testClock } from 'ksocket/testing';

export interface ManualClock extends Clock {
  pass(ms: number): void;
  /** Timers that are set. */
  waiting(): number;
}

export function manualClock(): ManualClock {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = 0;
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    ...testClock,
    monotonic: () => now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          takeBack();
          reject(signal?.reason);
        };
        const takeBack = after(ms, () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        });
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      }),
    pass(ms) {
      now += ms;
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at <= now && timers.delete(timer)) timer.run();
      }
    },
    waiting: () => timers.size,
  };
}
