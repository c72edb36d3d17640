/** The operation `ksocket.update`: a version that the space offers, and the records that say what became of it. */
import { z } from 'zod';
import { versionText } from './versions.js';

/** Input of `ksocket.update`, version 1: what is offered, never from where. The digest is that of the bundle as a file. */
export const updateInput = z.strictObject({
  version: versionText,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z
    .number()
    .int()
    .min(1)
    .max(2 * 1024 ** 3),
});
export type UpdateInput = Readonly<z.infer<typeof updateInput>>;

/**
 * `noted`: a person will decide. `downloaded`, `staged`: verified, and to be tried at the next start. `confirmed`: it runs and
 * is ready. `rolled-back`: it was not, and the version before runs again. `refused`: it is not installed.
 */
export const updateRecord = z.object({
  type: z.literal('update'),
  version: versionText,
  state: z.enum(['noted', 'downloaded', 'staged', 'confirmed', 'rolled-back', 'refused']),
  reason: z.string().max(1024).optional(),
});
export type UpdateRecord = z.infer<typeof updateRecord>;
