/**
 * The trail of a scan: what it decided about each address and why, as lines of JSON in a file of the agent, from which
 * `ksocket explain` tells. It holds what records do not: silence, exclusions, and where each candidate came from.
 */
import { z } from 'zod';
import { scanRecord } from '../wire/scan.js';

const [sighting, section, , node, finding, summary] = scanRecord.options;

export const trailEvent = z.discriminatedUnion('is', [
  /** The head: what was ordered, and under which version and mode. */
  z.object({
    is: z.literal('scan'),
    at: z.string(),
    mode: z.string(),
    start: z.array(z.string()),
    allow: z.array(z.string()),
    deny: z.array(z.string()),
    collect: z.boolean(),
  }),
  /** A run after a crash goes on from here. */
  z.object({ is: z.literal('resumed'), at: z.string() }),
  /** Somebody named these addresses. */
  z.object({ is: z.literal('lead'), range: z.string(), source: z.string() }),
  /** An address that is left alone. */
  z.object({ is: z.literal('left'), address: z.string(), source: z.string(), why: z.string() }),
  /** What was said of a node's sections and logins is void. */
  z.object({ is: z.literal('again'), node: z.string() }),
  /** From here on no further address is let in. */
  z.object({ is: z.literal('stopped'), why: z.string() }),
  /** What was seen of an address, silence too. */
  sighting.omit({ type: true, at: true }).extend({ is: z.literal('seen'), at: z.string().optional() }),
  node.omit({ type: true }).extend({ is: z.literal('node') }),
  section
    .pick({ node: true, name: true, state: true, provenance: true, missing: true })
    .extend({ is: z.literal('section') }),
  finding.omit({ type: true }).extend({ is: z.literal('finding') }),
  summary.omit({ type: true }).extend({ is: z.literal('end'), at: z.string() }),
]);
export type TrailEvent = z.infer<typeof trailEvent>;
export type TrailEventOf<T extends TrailEvent['is']> = Extract<TrailEvent, { is: T }>;
