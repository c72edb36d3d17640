/**
 * A tree made safe to run from: only its owner may write (the service may not change its own program), everybody may read, whatever
 * umask or archive it came from; and all of it on the disk before anything points to it.
 */
import { chmod, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** As many as libuv has threads for. */
const atOnce = 4;

export async function seal(root: string): Promise<void> {
  const files: string[] = [];
  const folders: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    folders.push(folder);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) files.push(path);
    }
  };
  await visit(root);
  await Promise.all(Array.from({ length: atOnce }, () => each(files, sealFile)));
  // A folder is durable when its entries are: the innermost first.
  await each(folders.reverse(), sealFolder);
}

async function each(paths: string[], work: (path: string) => Promise<void>): Promise<void> {
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) await work(path);
}

async function sealFile(path: string): Promise<void> {
  const { mode } = await lstat(path);
  await chmod(path, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  await sync(path, 'r+');
}

async function sealFolder(path: string): Promise<void> {
  await chmod(path, 0o755);
  // Windows cannot open a folder, and needs no such call.
  if (process.platform !== 'win32') await sync(path, 'r');
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
