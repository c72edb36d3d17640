/** Printer-MIB (RFC 3805). */
import { z } from 'zod';
import { amount, count, text } from './values.js';

export const printer = z.object({
  status: text.optional().describe('hrPrinterStatus: idle, printing, warmup…'),
  display: text.optional().describe('What stands on its console'),
  pages: count.optional().describe('prtMarkerLifeCount, in the unit that follows'),
  pagesUnit: text.optional(),
  supplies: z
    .array(
      z.object({
        description: text.optional(),
        type: text.optional().describe('toner, ink, opc, fuser, wasteToner…'),
        color: text.optional(),
        unit: text.optional(),
        level: amount.optional(),
        capacity: amount.optional(),
        percent: amount.optional(),
      }),
    )
    .optional(),
  trays: z
    .array(
      z.object({
        name: text.optional(),
        media: text.optional(),
        capacity: count.optional(),
        level: count.optional(),
        unit: text.optional(),
      }),
    )
    .optional(),
  alerts: z.array(z.object({ severity: text.optional(), text: text })).optional(),
});
