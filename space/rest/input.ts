/** Input of requests, checked at the edge: one sentence that names the field, or a value of the right type. */
import { z } from 'zod';
import { failureTable } from '../../core/contract/failure.js';
import { problem } from '../problem.js';
import { scanOptions, scanOptionsChange } from '../scan/options.js';

/** @throws Problem 400 naming the first field that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw problem(400, 'E_INPUT', `${path ? `${path}: ` : ''}${issue?.message ?? failureTable.E_INPUT.says}`);
}

/** A page of a list; the product's importers ask for up to thousands at once. */
export const maxPage = 10_000;

export const page = <S extends string>(sorts: readonly S[], sort: S | `-${S}`) =>
  z.object({
    offset: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
    limit: z.coerce.number().int().min(1).max(maxPage).default(100),
    sort: z
      .string()
      .default(sort)
      .refine((text) => sorts.includes(text.replace(/^-/, '') as S), {
        error: `one of ${sorts.join(', ')}, with - in front for descending`,
      }),
    search: z.string().max(256).optional(),
    family: z.string().max(256).optional(),
    status: z.enum(['new', 'existing', 'lost']).optional(),
  });

const name = z.string().trim().min(1, 'give it a name').max(100);

export const newSlot = z.strictObject({ name, ...scanOptions.shape });
export const slotChange = z.strictObject({
  name: name.optional(),
  enabled: z.boolean().optional(),
  ...scanOptionsChange.shape,
});
export const newNetwork = z.strictObject({
  name,
  slotId: z.string().max(64).nullable().default(null),
  ...scanOptions.shape,
});
export const networkChange = z.strictObject({
  name: name.optional(),
  slotId: z.string().max(64).nullable().optional(),
  ...scanOptionsChange.shape,
});

/** When a token ends: a date, a date with time, or nothing. */
export const newToken = z.strictObject({
  expires: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'write a date like 2030-12-31' })
    .nullable()
    .default(null),
});

export const scanCancel = z.strictObject({ reason: z.string().max(1024).default('cancelled by a user') });

/** Options taken out of a body that has other fields beside them. */
export function optionsOf<T extends { start?: unknown; allow?: unknown; deny?: unknown }>(body: T) {
  const { start, allow, deny, ...rest } = body;
  return { rest, options: { start, allow, deny } as Pick<T, 'start' | 'allow' | 'deny'> };
}
