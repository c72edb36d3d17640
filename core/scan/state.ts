/**
 * What a checkpoint of a scan holds: everything that a later run needs to go on where the records before the checkpoint end.
 * Sessions are not in it: hosts that are not through step 5 are entered again.
 */
import { z } from 'zod';
import { roundState } from './round.js';

export const scanState = z.strictObject({
  version: z.literal(1),
  /** Step 1 is through. */
  candidates: z.boolean(),
  /** Addresses that were let in (lines of `Runs`), and the names of nodes without any. */
  visited: z.array(z.string()),
  unnamed: z.array(z.string()),
  /** Ranges that are still to be looked at. */
  leads: z.array(z.strictObject({ range: z.string(), source: z.string() })),
  /** The look that was under way. */
  round: roundState.optional(),
  /** Addresses that are alive and not through step 5. */
  hosts: z.array(z.string()),
  /** Nodes of which a part was said: it is taken back, and said again as a whole. */
  again: z.array(z.string()),
  /** What those that are through came to, and what was looked at. */
  counts: z.strictObject({ probed: z.number(), alive: z.number(), entered: z.number(), collected: z.number() }),
  expected: z.number(),
  /** Hosts through step 5. */
  finished: z.number(),
  notes: z.array(z.string()),
  leftAlone: z.array(z.tuple([z.string(), z.number()])),
  leftOut: z.number(),
  /** The file for `ksocket explain` that this scan writes. */
  trail: z
    .string()
    .regex(/^[\w-]{1,100}\.ndjson$/)
    .optional(),
});
export type ScanState = z.infer<typeof scanState>;
