/**
 * What a checkpoint of a scan holds: everything that a later run needs to go on where the records before the checkpoint end.
 * Sessions are not in it: hosts that are not through step 5 are entered again.
 */
import { z } from 'zod';
import { roundState } from './round.js';

const count = z.number().int().nonnegative();

export const scanState = z.strictObject({
  version: z.literal(1),
  /** Step 1 is through. */
  candidates: z.boolean(),
  /** Addresses that were let in: lines of `Runs`. */
  visited: z.array(z.string()),
  /** The bound on them was met. */
  stopped: z.boolean(),
  /** Nodes without an address, who told of each (step 1, or the host at that address), and whether it counts as alive. */
  unnamed: z.array(z.strictObject({ node: z.string(), by: z.string(), alive: z.boolean() })),
  unnamedSoFar: count,
  /** Ranges that are still to be looked at, and single addresses as lines of `Runs`. */
  leads: z.array(z.strictObject({ source: z.string(), ranges: z.array(z.string()), runs: z.array(z.string()) })),
  /** The look that was under way. */
  round: roundState.optional(),
  /** Addresses that are alive and not through step 5. */
  hosts: z.array(z.string()),
  /** Nodes of which a part was said: it is taken back, and said again as a whole. */
  again: z.array(z.string()),
  /** What those that are through came to, and what was looked at. */
  counts: z.strictObject({ probed: count, alive: count, entered: count, collected: count }),
  expected: count,
  /** Hosts through step 5. */
  finished: count,
  notes: z.array(z.string()),
  /** What was found to look at, so that it is not said twice. */
  findings: z.array(z.string()),
  leftAlone: z.array(z.tuple([z.string(), count])),
  leftOut: count,
  /** The file for `ksocket explain` that this scan writes. */
  trail: z
    .string()
    .regex(/^[\w-]{1,100}\.ndjson$/)
    .optional(),
});
export type ScanState = z.infer<typeof scanState>;
