/** Packages of the npm registry that npm itself is set up for, fetched by exact version and believed only by their pinned hash. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import { cached, keyOf } from './cache.js';
import { command } from './command.js';

export interface PinnedPackage {
  readonly package: string;
  readonly version: string;
  /** `sha512-…`, as in a lockfile. */
  readonly integrity: string;
}

/** The folder with the content of the package. @throws Error when the registry sent something else than what was pinned */
export function fetchPackage(pinned: PinnedPackage): Promise<string> {
  const name = pinned.package.replace(/^@/, '').replace('/', '-');
  return cached(`${name}-${pinned.version}-${keyOf(pinned)}`, async (folder) => {
    await command('npm', ['pack', '--silent', '--pack-destination', folder, `${pinned.package}@${pinned.version}`], {
      cwd: folder,
    });
    const [archive] = await readdir(folder);
    if (archive === undefined) throw new Error(`npm pack ${pinned.package}@${pinned.version} wrote nothing`);
    const path = join(folder, archive);
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(path))
      .digest('base64')}`;
    if (integrity !== pinned.integrity)
      throw new Error(
        `${pinned.package}@${pinned.version} from the registry is not what pins.json says: it has ${integrity}`,
      );
    await extract({ file: path, cwd: folder, strip: 1, preserveOwner: false });
    await rm(path);
  });
}
