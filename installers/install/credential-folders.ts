/** etc/ksocket/credentials: a folder for each way in, and in it the example of the manual (3.2.5), which no search reads. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, storing, writeAtomic } from '../../core/runtime/index.js';
import type { Layout } from '../layout.js';
import type { Payload } from '../payload.js';
import { generatedFolder } from './settings-file.js';

export const collectors = ['ssh', 'winrm', 'snmp'] as const;

/** The manual's tree has two digits where the installers always wrote three. */
export const exampleName = '999-example.toml.skeleton';

/** The examples are ours: each version brings its own. Whatever else is there stays untouched. */
export async function makeCredentialFolders(layout: Layout, payload: Payload): Promise<void> {
  await storing(`write ${layout.credentials}`, async () => {
    for (const name of collectors) {
      const folder = join(layout.credentials, name);
      await mkdir(folder, { recursive: true, mode: 0o750 });
      const example = await readIfThere(join(generatedFolder(payload), `credential.${name}.toml.skeleton`));
      if (example !== undefined) await writeAtomic(join(folder, exampleName), example, 0o640);
      const schema = await readIfThere(join(generatedFolder(payload), `credential.${name}.schema.json`));
      if (schema !== undefined) await writeAtomic(join(folder, `credential.${name}.schema.json`), schema, 0o640);
    }
  });
}
