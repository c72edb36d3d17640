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
  /** It failed by its own account. */
  readonly fault?: string;
  readonly output: string;
}

/** Exit status of timeout(1) when the time was up. */
const timeIsUp = 124;
/** fping ends with 1 when somebody was silent. */
const worstSuccess = 1;

export async function measure(network: Network, command: readonly string[], capSeconds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  try {
    const [usage, output, errors] = ['usage', 'output', 'errors'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const files = [await open(output, 'w'), await open(errors, 'w')] as const;
    // getrusage(2) of a child tells also of those who had to be ended.
    const watched = ['/usr/bin/time', '-q', '-o', usage, '-f', '%U %S %M', 'timeout', '-s', 'TERM', String(capSeconds)];
    const [first = '', ...rest] = network.here([...watched, ...command]);
    const before = network.sent();
    const from = performance.now();
    const child = spawn(first, rest, { stdio: ['ignore', files[0].fd, files[1].fd] });
    const [status] = (await once(child, 'close')) as [number | null];
    const seconds = (performance.now() - from) / 1000;
    const packets = network.sent() - before;
    for (const file of files) await file.close();
    const capped = status === timeIsUp;
    const failed = !capped && (status ?? Infinity) > worstSuccess;
    const [user = 0, system = 0, peakKiB = 0] = (await readFile(usage, 'utf8')).trim().split(' ').map(Number);
    return {
      ...{ seconds, packets, capped, cpuSeconds: user + system, peakMiB: peakKiB / 1024 },
      ...(failed ? { fault: `status ${status}: ${(await readFile(errors, 'utf8')).trim().split('\n').at(-1)}` } : {}),
      output: await readFile(output, 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
