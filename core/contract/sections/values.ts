/** What the fields of all sections are made of. */
import { z } from 'zod';

export const text = z.string();
export const count = z.number().int().nonnegative();
export const amount = z.number().nonnegative();
/** ISO 8601 in UTC: `2026-03-01T09:00:00Z`. */
export const time = z.string();

/** The mark of a measurement in JSON Schema. */
export const measuredMark = 'x-measured';

/**
 * What changes by itself while nobody changes the node: how full, how warm, how often, who was there last. The hash of a section's content
 * leaves it out, so that equal hashes mean that nobody has changed anything.
 */
export const measured = <T extends z.ZodType>(schema: T): T => schema.meta({ [measuredMark]: true });
