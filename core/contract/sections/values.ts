/** What the fields of all sections are made of. */
import { z } from 'zod';

export const text = z.string();
export const count = z.number().int().nonnegative();
export const amount = z.number().nonnegative();
/** ISO 8601 in UTC: `2026-03-01T09:00:00Z`. */
export const time = z.string();
