/** Under which conditions the figures were measured: without them they say nothing. */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { arpScan } from './contenders.js';
import { measure } from './measured.js';
import { Network } from './network.js';
import { populate, seeded } from './population.js';

export interface Conditions {
  readonly kernel: string;
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  readonly peers: Record<string, string>;
  /** Frames a second that the bridge with losses carried at the most; below, it is not the bottleneck. */
  readonly bridgeFramesPerSecond: number;
  readonly seed: number;
}

/** The bridge must not be what a case measures: twice the highest rate of a case, since each question may be answered. */
export const leastBridge = 40_000;

export async function conditions(seed: number): Promise<Conditions> {
  return {
    kernel: release(),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    peers: {
      'arp-scan': version('arp-scan', '--version'),
      nmap: version('nmap', '--version'),
      fping: version('fping', '--version'),
    },
    bridgeFramesPerSecond: await bridgeCeiling(),
    seed,
  };
}

/** A flood of questions, each of which is answered. */
async function bridgeCeiling(): Promise<number> {
  const population = populate({ prefix: 16, alive: { share: 1 }, random: seeded(0) });
  const network = await Network.build(population, { place: 'link', loss: 0, seed: 0, bridge: true });
  let frames = 0;
  try {
    const calm = arpScan.command({ network: population.network, rate: undefined, capSeconds: 0 });
    const { fault } = await measure(network, [...calm, '--retry=1', '--bandwidth=200M'], 20);
    if (fault !== undefined) throw new Error(`the flood over the bridge failed: ${fault}`);
  } finally {
    const carried = await network.close();
    // From the first frame to the last.
    if (carried !== undefined && carried.seconds > 0) frames = carried.carried / carried.seconds;
  }
  return Math.round(frames);
}

/** Some write it to the standard error. */
function version(command: string, flag: string): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return /\d+\.\d[\d.]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}
