/** The examples of credential files in the home of a source checkout, where the installers put them in an installation. */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleName } from '../../installers/install/credential-folders.js';

/** Each version brings its own; whatever else is there stays. */
export async function putExamples(root: string, home: string): Promise<void> {
  const generated = join(root, 'config-schema', 'generated');
  for (const name of await readdir(generated)) {
    const [, collector, ending] = /^credential\.([\w-]+)\.(toml\.skeleton|schema\.json)$/.exec(name) ?? [];
    if (collector === undefined) continue;
    const folder = join(home, 'etc', 'ksocket', 'credentials', collector);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await copyFile(join(generated, name), join(folder, ending === 'toml.skeleton' ? exampleName : name));
  }
}
