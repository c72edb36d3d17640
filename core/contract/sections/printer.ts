/** Printer-MIB (RFC 3805). */
import { z } from 'zod';
import { amount, count, measured, text } from './values.js';

export const printer = z.object({
  status: measured(text.optional()).describe('hrPrinterStatus: idle, printing, warmup…'),
  display: measured(text.optional()).describe('What stands on its console'),
  pages: measured(count.optional()).describe('prtMarkerLifeCount, in the unit that follows'),
  pagesUnit: text.optional(),
  supplies: z
    .array(
      z.object({
        description: text.optional(),
        type: text.optional().describe('toner, ink, opc, fuser, wasteToner…'),
        color: text.optional(),
        unit: text.optional(),
        level: measured(amount.optional()),
        capacity: amount.optional(),
        percent: measured(amount.optional()),
      }),
    )
    .optional(),
  trays: z
    .array(
      z.object({
        name: text.optional(),
        media: text.optional(),
        capacity: count.optional(),
        level: measured(count.optional()),
        unit: text.optional(),
      }),
    )
    .optional(),
  alerts: z.array(z.object({ severity: text.optional(), text: text })).optional(),
});
