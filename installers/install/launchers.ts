/** bin/ksocket and ksuninstall, put in place whole. A file that already says the same is left alone: Windows keeps running programs locked. */
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
