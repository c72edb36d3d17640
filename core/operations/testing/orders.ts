/** Orders and operations that the tests of dispatcher and session share: one that counts, one that never ends by itself. */
import { z } from 'zod';
import { seededRandom } from '../../../test/kit/index.js';
import { type Operation, operation } from '../../contract/index.js';
import { type FrameOf, uuidv7 } from '../../wire/index.js';

export const order = (
  opSeq: number,
  kind: string,
  input: unknown = {},
  more: Partial<FrameOf<'op'>> = {},
): FrameOf<'op'> => ({
  type: 'op',
  opId: uuidv7(opSeq, seededRandom(opSeq).bytes(10)),
  opSeq,
  kind,
  kindVersion: 1,
  input,
  class: 'safe',
  startWithin: 60,
  timeLimit: 600,
  firstRun: 1,
  maxRuns: 2,
  ...more,
});

/** `test.count` yields 1…`to`, by default 3; `runs` counts how often it began. */
export function counting(runs = { count: 0 }, kind: 'safe' | 'once' = 'safe'): Operation {
  return operation({
    name: 'test.count',
    doc: '',
    input: z.object({ to: z.number().default(3) }),
    output: z.number(),
    class: kind,
    async *run(call) {
      runs.count += 1;
      for (let i = 1; i <= call.input.to; i++) yield i;
    },
  }) as Operation;
}

/** `test.hang` yields 1 and waits for its signal. */
export const hanging = operation({
  name: 'test.hang',
  doc: '',
  input: z.object({}),
  output: z.number(),
  class: 'safe' as const,
  async *run(call) {
    yield 1;
    await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(new Error('stopped'))));
  },
}) as Operation;
