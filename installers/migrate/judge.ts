/** Credential files of an old installation against the schemas that this version was built with. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { complaint } from '../../config-schema/index.js';
import type { Judge } from './files.js';

/** @param generated the folder of credential.ssh.schema.json and its like */
export async function judgeBy(generated: string): Promise<Judge> {
  const schemas = new Map<string, { schema: z.ZodType; names: string[] }>();
  for (const name of await readdir(generated)) {
    const collector = /^credential\.(\w+)\.schema\.json$/.exec(name)?.[1];
    if (collector === undefined) continue;
    const json = JSON.parse(await readFile(join(generated, name), 'utf8')) as JsonSchema;
    schemas.set(collector, {
      schema: z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]),
      names: namesIn(json),
    });
  }
  return (collector, data) => {
    const known = schemas.get(collector);
    if (known === undefined) return undefined;
    const issues = known.schema.safeParse(data).error?.issues;
    return issues === undefined ? undefined : complaint(issues, known.names);
  };
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
}

function namesIn({ properties = {}, items }: JsonSchema, prefix = ''): string[] {
  const below = items === undefined ? [] : namesIn(items, prefix);
  return Object.entries(properties)
    .flatMap(([name, inner]) => [prefix + name, ...namesIn(inner, `${prefix}${name}.`)])
    .concat(below);
}
