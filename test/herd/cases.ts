/** What a fleet is held to that loses its space all at once, in each way in which that happens. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type HerdOptions, runHerd } from './simulated.js';

/** The bounds of the protocol: a third of the fleet a second, less where the space asked for time, all back within five minutes. */
const cases: readonly [title: string, options: Omit<HerdOptions, 'agents' | 'seed'>, maxPeak: number][] = [
  ['it dies and is back at once', { awaySeconds: 0 }, 0.35],
  ['it is away for a minute', { awaySeconds: 60 }, 0.35],
  ['it says goodbye and is back after ten seconds', { awaySeconds: 10, retryAfter: 20 }, 0.15],
  ['it says goodbye and is away for longer than it said', { awaySeconds: 45, retryAfter: 20 }, 0.15],
];

/** Registers a test for each. */
export function comesBackWithoutTrampling(agents: number): void {
  for (const [title, options, maxPeak] of cases) {
    test(`${agents} agents lose their space: ${title}`, async (t) => {
      const { peakShare, allReadySeconds } = await runHerd({ agents, seed: 1, ...options });
      t.diagnostic(
        `peak ${(peakShare * 100).toFixed(1)} % of the fleet a second, all ready ${allReadySeconds} s after its return`,
      );
      assert.ok(peakShare < maxPeak, `${peakShare}`);
      assert.ok(allReadySeconds !== undefined && allReadySeconds < 300, `${allReadySeconds}`);
    });
  }
}
