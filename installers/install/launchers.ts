/**
 * bin/ksocket and ksuninstall, put in place whole. A file that already says the same is left alone. Windows lets nobody replace a program
 * that runs (the service's two), but lets it be renamed: it goes on under another name, which the next installation removes.
 */
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { storing } from '../../core/runtime/index.js';
import type { Layout } from '../layout.js';
import type { Payload } from '../payload.js';

export async function writeLaunchers(layout: Layout, payload: Payload): Promise<void> {
  const source = join(payload.folder, 'launcher');
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // Node 20 has the folder in `path`, its successors in `parentPath`.
    const from = join(entry.parentPath ?? entry.path, entry.name);
    const to = join(layout.home, from.slice(source.length + 1));
    await storing(`write ${to}`, () => replace(from, to));
    await removeFormer(to);
  }
}

async function replace(from: string, to: string): Promise<void> {
  const wanted = await readFile(from);
  const mode = ((await lstat(from)).mode & 0o100) !== 0 ? 0o755 : 0o644;
  const there = await readFile(to).catch(() => undefined);
  if (there?.equals(wanted)) return chmod(to, mode);
  await mkdir(dirname(to), { recursive: true });
  const draft = `${to}.new`;
  try {
    const file = await open(draft, 'w', mode);
    try {
      await file.writeFile(wanted);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, to).catch((error: NodeJS.ErrnoException) => replaceRunning(draft, to, error));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function replaceRunning(draft: string, to: string, error: NodeJS.ErrnoException): Promise<void> {
  if (process.platform !== 'win32' || !['EPERM', 'EBUSY', 'EACCES'].includes(error.code ?? '')) throw error;
  await rename(to, `${to}.former-${process.pid}`);
  await rename(draft, to);
}

/** One that still runs waits for the next time. */
async function removeFormer(program: string): Promise<void> {
  if (process.platform !== 'win32') return;
  for (const name of await readdir(dirname(program)))
    if (name.startsWith(`${basename(program)}.former-`))
      await rm(join(dirname(program), name), { force: true }).catch(() => undefined);
}
