/** Runs one contender in the asking namespace and measures it from outside, each in the same way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from './network.js';

export interface Measured {
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** It was ended when its time was up. */
  readonly capped: boolean;
  readonly packets: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly output: string;
}

/** Exit status of timeout(1) when the time was up. */
const timeIsUp = 124;

export async function measure(network: Network, command: readonly string[], capSeconds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  try {
    const [usage, output] = [join(folder, 'usage'), join(folder, 'output')];
    const file = await open(output, 'w');
    // getrusage(2) of a child tells also of those who had to be ended.
    const watched = ['/usr/bin/time', '-q', '-o', usage, '-f', '%U %S %M', 'timeout', '-s', 'TERM', String(capSeconds)];
    const [first = '', ...rest] = network.here([...watched, ...command]);
    const before = network.sent();
    const from = performance.now();
    const child = spawn(first, rest, { stdio: ['ignore', file.fd, 'ignore'] });
    const [status] = (await once(child, 'close')) as [number | null];
    const seconds = (performance.now() - from) / 1000;
    const packets = network.sent() - before;
    await file.close();
    const [user = 0, system = 0, peakKiB = 0] = (await readFile(usage, 'utf8')).trim().split(' ').map(Number);
    return {
      ...{ seconds, packets, capped: status === timeIsUp, cpuSeconds: user + system, peakMiB: peakKiB / 1024 },
      output: await readFile(output, 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
