/** What every credential file says, whatever it is for: which addresses, and how far its account reaches. The rest belongs to the collector. */
import { z } from 'zod';
import { validate } from '../config/index.js';
import { type Collector, parseRange } from '../contract/index.js';
import { refuseUnknownNames, shapeOf } from './names.js';

const range = z.string().transform((text, context) => {
  try {
    return parseRange(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

export const scopeSchema = z.looseObject({
  includes: z
    .array(range)
    .min(1)
    .meta({
      description: 'Addresses and networks that this file is for',
      examples: [['10.10.0.0/24', '10.20.0.1', '10.20.0.3']],
    }),
  excludes: z
    .array(range)
    .default([])
    .meta({
      description: 'Addresses and networks that it is not for; wins over includes',
      examples: [['10.10.0.1', '10.10.0.3']],
    }),
  accountScope: z
    .enum(['host', 'domain'])
    .default('host')
    .describe(
      'domain: the account is the same one on all hosts, and its refused logins are counted together; DOMAIN\\user and user@domain always are',
    ),
});

export type Scope = z.output<typeof scopeSchema>;

/**
 * Takes a file's data apart into what is the core's and what is the collector's.
 * @throws Failure E_INPUT with the path of what is wrong: a name that nobody knows, with the nearest one, or ranges that are none
 */
export function scopeOf(
  data: unknown,
  path: string,
  collector: Collector,
): { scope: Scope; fields: Record<string, unknown> } {
  const [own, theirs] = [shapeOf(scopeSchema), shapeOf(collector.credential)];
  if (theirs !== undefined)
    refuseUnknownNames({ ...theirs, properties: { ...own?.properties, ...theirs.properties } }, data, path);
  const { includes, excludes, accountScope, ...fields } = validate(scopeSchema, data, path);
  return { scope: { includes, excludes, accountScope }, fields };
}
