/** Programs that answer as written down, and say so when they are asked anything else. */
import assert from 'node:assert/strict';
import type { RunProgram, Said } from '../programs.js';

/** A command line, and what it prints; `code` is 0 and nothing is printed where nothing else is said. */
export type Answer = readonly [line: string, said?: Partial<Said>];

const silent: Said = { code: 0, stdout: '', stderr: '' };

export interface Recorded {
  readonly run: RunProgram;
  /** Every command line that was run, in order. */
  readonly lines: string[];
}

/** One transcript: each answer is used once, in this order. */
export function transcript(...answers: readonly Answer[]): Recorded & { ended(): void } {
  const left = [...answers];
  const lines: string[] = [];
  return {
    lines,
    run: async (program, args) => {
      const line = [program, ...args].join(' ');
      lines.push(line);
      const [expected, said] = left.shift() ?? ['nothing more'];
      assert.equal(line, expected);
      return { ...silent, ...said };
    },
    ended: () => assert.deepEqual(left, []),
  };
}

/** A machine that answers these lines whenever they are asked; anything else is a program that it does not have. */
export function answers(...known: readonly Answer[]): Recorded {
  const lines: string[] = [];
  return {
    lines,
    run: async (program, args) => {
      const line = [program, ...args].join(' ');
      lines.push(line);
      const found = known.find(([it]) => it === line);
      return found === undefined ? { ...silent, code: 127 } : { ...silent, ...found[1] };
    },
  };
}
