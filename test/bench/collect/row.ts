/** One contender's figures in one case. */
import type { Measured } from './measured.js';
import type { OurResult } from './our.js';

export interface Row extends Omit<Measured, 'output'> {
  readonly contender: string;
  readonly ours: boolean;
  /** Hosts or objects that there were to read. */
  readonly amount: number;
  /** Those that were read whole. */
  readonly done: number;
  /** Hosts asked at once. */
  readonly atOnce: number;
  /** What the targets used: of the same machine, and in nobody's figures but here. */
  readonly targetCpuSeconds: number;
  readonly own?: OurResult;
}

export interface CaseResult {
  readonly kind: 'ssh' | 'walk' | 'agents' | 'memory';
  readonly title: string;
  readonly unit: 'hosts' | 'objects';
  readonly rows: readonly Row[];
}

/** Amount a second, of what was read whole. */
export const rate = ({ done, seconds }: Row): number => done / seconds;

/** The run in the middle, by its time. */
export function median<T extends { readonly seconds: number }>(runs: readonly T[]): T {
  return [...runs].sort((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)]!;
}
