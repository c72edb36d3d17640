/**
 * Our side of the bench, in a process of its own. Its argument is the JSON of `OurRun`; it prints the JSON of `OurResult`.
 * `scan` is the operation that `ksocket scan --no-collect` runs, with its service check and names; `liveness` is the same
 * sweep without what it does for those who are alive.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { keepHeapSmall } from '../../../core/runtime/frugal-heap.js';
import type { Our, OurResult, OurRun } from './our.js';
import { scanAll } from './our-scan.js';
import { sweepAll } from './our-sweep.js';

keepHeapSmall();
const resolution = 2;
const run = JSON.parse(process.argv[2] ?? '{}') as OurRun;
const alive: string[] = [];
const warnings: string[] = [];
let lastAlive = 0;
const from = performance.now();
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const ours: Our = run.what === 'scan' ? scanAll : sweepAll;
const signal = AbortSignal.timeout(run.capSeconds * 1000);
await ours(run, {
  signal,
  warn: (line) => void (warnings.length < 20 && warnings.push(line)),
  alive(address) {
    alive.push(address);
    lastAlive = performance.now();
  },
}).catch((error: unknown) => {
  if (!signal.aborted) throw error;
});
const seconds = (performance.now() - from) / 1000;
delay.disable();
// The histogram holds the times between two ticks of its timer.
const late = (ns: number) => Math.max(0, ns / 1e6 - resolution);
const result: OurResult = {
  ...{ seconds, capped: signal.aborted, alive, warnings, lastAliveSeconds: Math.max(0, (lastAlive - from) / 1000) },
  eventLoop: { p99Ms: late(delay.percentile(99)), maxMs: late(delay.max) },
};
process.stdout.write(JSON.stringify(result));
