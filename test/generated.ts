/** The files that are generated from schemas: name below the repository's root, and text. */
import { z } from 'zod';
import { jsonSchema, sampleToml, settingsSchema } from '../config-schema/index.js';
import { sectionSchemas } from '../core/contract/index.js';
import { scopeSchema } from '../core/credentials/index.js';
import { policySchema } from '../core/policy/index.js';
import { bundledPlugins } from '../plugins/index.js';

const folder = 'config-schema/generated';

export async function generatedFiles(): Promise<[name: string, text: string][]> {
  const files: [string, string][] = [
    [
      `${folder}/ksocket.sample.toml`,
      sampleToml(settingsSchema, [
        ':schema ./ksocket.schema.json',
        'Settings of Ksocket: etc/ksocket/ksocket.toml. A line that begins with # shows a setting and its default.',
        'connect.host and connect.token have no default. After a change, restart the service.',
      ]),
    ],
    [`${folder}/ksocket.schema.json`, json(jsonSchema(settingsSchema, 'Settings of Ksocket'))],
    [`${folder}/policy.schema.json`, json(jsonSchema(policySchema, 'Local policy of Ksocket'))],
    [`${folder}/sections.schema.json`, json(jsonSchema(z.object(sectionSchemas).partial(), 'Sections of a node'))],
  ];
  for (const load of bundledPlugins) {
    const plugin = (await load()).default;
    if (plugin.kind !== 'collector' || !(plugin.credential instanceof z.ZodObject)) continue;
    const schema = z.strictObject({ ...scopeSchema.shape, ...(plugin.credential as z.ZodObject).shape });
    files.push([
      `${folder}/credential.${plugin.name}.schema.json`,
      json(jsonSchema(schema, `Credential file for ${plugin.name}`)),
    ]);
  }
  return files;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
