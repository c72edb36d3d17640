/** Archives whose bytes depend on their content alone: sorted names, owner root, one time, no name of the packing machine. */

import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command, commandWith } from './command.js';

/** Packs what is in `folder`, whose files have been normalised. */
export async function tarball(folder: string, target: string, epoch: number): Promise<void> {
  const draft = `${target}.part`;
  const options = ['--format=ustar', '--sort=name', `--mtime=@${epoch}`, '--owner=root:0', '--group=root:0'];
  await command(
    'tar',
    [
      '--create',
      ...options,
      '--use-compress-program=gzip --no-name',
      '--file',
      draft,
      ...(await readdir(folder)).sort(),
    ],
    { cwd: folder },
  );
  await rename(draft, target);
}

/** For Windows. The times of a zip are local times of the packer; the environment makes that UTC. */
export async function zipFile(folder: string, target: string): Promise<void> {
  await rm(target, { force: true });
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .sort();
  const list = `${target}.names`;
  const file = await open(list, 'w');
  await file.writeFile(`${names.join('\n')}\n`);
  await file.close();
  const input = await open(list);
  try {
    await commandWith('zip', ['-X', '-q', '-@', target], [input.fd, 'ignore', 'inherit'], { cwd: folder });
  } finally {
    await input.close();
    await rm(list);
  }
}
