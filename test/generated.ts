/** The files that are generated from schemas and from the words of the command line: name below the repository's root, and text. */
import { z } from 'zod';
import { manPage } from '../cli/man-page.js';
import { version } from '../cli/version.js';
import { jsonSchema, sampleToml, settingsOf, skeletonToml } from '../config-schema/index.js';
import { importPlugins } from '../core/container/plugins.js';
import { sectionSchemas } from '../core/contract/index.js';
import { scopeSchema } from '../core/credentials/index.js';
import { policySchema } from '../core/policy/index.js';

const folder = 'config-schema/generated';

/** Fields that need not be there, and that nearly every credential file has. */
const usual = ['account.password', 'authData.community'];

export async function generatedFiles(): Promise<[name: string, text: string][]> {
  const plugins = await importPlugins();
  const settings = settingsOf(plugins);
  const files: [string, string][] = [
    [
      `${folder}/ksocket.sample.toml`,
      sampleToml(settings, [
        ':schema ./ksocket.schema.json',
        'Settings of Ksocket: etc/ksocket/ksocket.toml. A line that begins with # shows a setting and its default.',
        'connect.host and connect.token have no default. After a change, restart the service.',
      ]),
    ],
    [`${folder}/ksocket.schema.json`, json(jsonSchema(settings, 'Settings of Ksocket'))],
    [`${folder}/policy.schema.json`, json(jsonSchema(policySchema, 'Local policy of Ksocket'))],
    [`${folder}/sections.schema.json`, json(jsonSchema(z.object(sectionSchemas).partial(), 'Sections of a node'))],
  ];
  files.push(['docs/man/ksocket.1', manPage('en', version())], ['docs/man/ja/ksocket.1', manPage('ja', version())]);
  for (const plugin of plugins) {
    if (plugin.kind !== 'collector' || !(plugin.credential instanceof z.ZodObject)) continue;
    const schema = z.strictObject({ ...scopeSchema.shape, ...(plugin.credential as z.ZodObject).shape });
    files.push([
      `${folder}/credential.${plugin.name}.schema.json`,
      json(jsonSchema(schema, `Credential file for ${plugin.name}`)),
    ]);
    files.push([
      `${folder}/credential.${plugin.name}.toml.skeleton`,
      skeletonToml(
        schema,
        [
          `:schema ./credential.${plugin.name}.schema.json`,
          `Credential file for ${plugin.name}: copy it beside this one under a name that ends in .toml, and change the copy.`,
          'Lines that begin with # show an example, or the default. Nobody but the service may read the copy (chmod 640).',
        ],
        usual,
      ),
    ]);
  }
  return files;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
