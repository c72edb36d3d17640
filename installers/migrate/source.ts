/** The installation that is taken over: of version 1, of the vendor's version 2, or one of ours. It is read and never changed. */
import { realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { failure } from '../../core/contract/index.js';

export interface Source {
  /** Its home: what `$KSOCKET_HOME` meant in its files. */
  readonly home: string;
  readonly etc: string;
  readonly settingsFile: string | undefined;
}

const settingsNames = ['ksocket.toml', 'ksocket.yaml', 'ksocket.yml'] as const;

/**
 * @param directory the installation's home, or a backup of its etc/ksocket, as the manual tells to make one
 * @throws Failure E_INPUT
 */
export async function findSource(directory: string): Promise<Source> {
  const real = await realpath(directory).catch((error: unknown) => {
    throw failure('E_INPUT', `--from ${directory} does not exist`, { cause: error });
  });
  const inside = join(real, 'etc', 'ksocket');
  if (await isFolder(inside)) return { home: real, etc: inside, settingsFile: await settingsIn(inside) };
  const settingsFile = await settingsIn(real);
  if (settingsFile === undefined && !(await isFolder(join(real, 'credentials')))) {
    throw failure('E_INPUT', `--from ${directory} is no installation of Ksocket: it has no etc/ksocket`, {
      remedy: 'name the home of the old installation, or a copy of its etc/ksocket',
    });
  }
  const home = basename(real) === 'ksocket' && basename(join(real, '..')) === 'etc' ? join(real, '..', '..') : real;
  return { home, etc: real, settingsFile };
}

export const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);

async function settingsIn(etc: string): Promise<string | undefined> {
  for (const name of settingsNames) {
    const it = await stat(join(etc, name)).catch(() => undefined);
    if (it?.isFile()) return join(etc, name);
  }
  return undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
