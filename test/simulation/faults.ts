/** Everything that the simulation does to the two ends and to the network between, each with how often it comes. */
import type { Random } from '../../core/contract/index.js';

/** What a fault can take hold of. */
export interface Stage {
  readonly random: Random;
  cut(late: boolean): void;
  silence(direction: 'both' | 'up' | 'down', seconds: number | undefined): void;
  partition(seconds: number): void;
  killAgent(downSeconds: number): void;
  doomAgent(steps: number, after: boolean): void;
  restartAgent(): void;
  reinstallAgent(downSeconds: number): void;
  fillDisk(seconds: number): void;
  slowDisk(seconds: number): void;
  killSpace(downSeconds: number): void;
  doomSpace(steps: number, after: boolean): void;
  restartSpace(): void;
  restoreSpace(): void;
  jumpClock(seconds: number): void;
}

interface Fault {
  readonly name: string;
  readonly weight: number;
  strike(stage: Stage): void;
}

const upTo = (stage: Stage, most: number): number => stage.random.next() * most;
const steps = (stage: Stage, most: number): number => 1 + Math.floor(upTo(stage, most));
const coin = (stage: Stage): boolean => stage.random.next() < 0.5;

export const faults: readonly Fault[] = [
  { name: 'cut', weight: 20, strike: (s) => s.cut(false) },
  { name: 'cut, and what was sent arrives late', weight: 10, strike: (s) => s.cut(true) },
  { name: 'half-open for good', weight: 4, strike: (s) => s.silence('both', undefined) },
  { name: 'one direction silent for good', weight: 4, strike: (s) => s.silence(coin(s) ? 'up' : 'down', undefined) },
  { name: 'silent for a while', weight: 8, strike: (s) => s.silence('both', upTo(s, 60)) },
  { name: 'partition', weight: 5, strike: (s) => s.partition(upTo(s, 120)) },
  { name: 'agent killed', weight: 6, strike: (s) => s.killAgent(upTo(s, 30)) },
  { name: 'agent killed at a step', weight: 12, strike: (s) => s.doomAgent(steps(s, 20), coin(s)) },
  { name: 'agent restarted', weight: 3, strike: (s) => s.restartAgent() },
  { name: 'agent installed anew', weight: 2, strike: (s) => s.reinstallAgent(upTo(s, 60)) },
  { name: 'disk of the agent full', weight: 3, strike: (s) => s.fillDisk(upTo(s, 60)) },
  { name: 'disk of the space slow', weight: 4, strike: (s) => s.slowDisk(upTo(s, 120)) },
  { name: 'space killed', weight: 5, strike: (s) => s.killSpace(upTo(s, 30)) },
  { name: 'space killed at a step', weight: 12, strike: (s) => s.doomSpace(steps(s, 40), coin(s)) },
  { name: 'space restarted', weight: 3, strike: (s) => s.restartSpace() },
  { name: 'space restored from a backup', weight: 4, strike: (s) => s.restoreSpace() },
  { name: 'clock set', weight: 3, strike: (s) => s.jumpClock((s.random.next() - 0.5) * 4000) },
];

/** @param only names of those that may come; all by default */
export function pickFault(random: Random, only?: readonly string[]): Fault {
  const possible = only === undefined ? faults : faults.filter(({ name }) => only.includes(name));
  let at = random.next() * possible.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of possible) {
    at -= fault.weight;
    if (at < 0) return fault;
  }
  return possible[0]!;
}
