/** A shell whose both ends the test holds, and the clock and the signal of whoever talks to it. */
import { PassThrough } from 'node:stream';
import type { Shell } from '../run.js';
import { type ManualClock, manualClock } from './manual-clock.js';

export interface ShellScene {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly shell: Shell;
  readonly clock: ManualClock;
  readonly controller: AbortController;
  /** How often the shell was stopped. */
  stopped(): number;
}

export function shellScene(): ShellScene {
  const input = new PassThrough();
  const output = new PassThrough();
  let stopped = 0;
  return {
    input,
    output,
    shell: { input, output, stop: () => void stopped++ },
    clock: manualClock(),
    controller: new AbortController(),
    stopped: () => stopped,
  };
}
