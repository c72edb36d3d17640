/** The parts as one .tar.gz that only its maker may read; a bundle that is not whole has no name. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { failure } from '../../core/contract/index.js';
import type { Part } from './part.js';

/** @throws Failure E_INPUT when there is such a file, E_STORAGE when the disk does not take it */
export async function writeArchive(output: string, folder: string, parts: readonly Part[]): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'ksocket-support-'));
  const draft = `${output}.${process.pid}.new`;
  try {
    for (const { name, content } of parts) {
      const path = join(place, folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: 0o600 });
    }
    // Whoever waits for the name to appear finds the bundle whole and closed to others.
    writeFileSync(draft, '', { mode: 0o600, flag: 'wx' });
    await create({ file: draft, cwd: place, gzip: true, portable: true }, [folder]);
    chmodSync(draft, 0o600);
    await publish(draft, output);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw failure('E_INPUT', `${output} is there already`, { remedy: 'name another file with --output' });
    throw code === undefined
      ? error
      : failure('E_STORAGE', `write ${output} (${code})`, { cause: error, remedy: 'name another file with --output' });
  } finally {
    await rm(draft, { force: true });
    rmSync(place, { recursive: true, force: true });
  }
}

/** A link does not replace what is there, a rename does; some file systems have no links. */
async function publish(draft: string, output: string): Promise<void> {
  try {
    await link(draft, output);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await rename(draft, output);
  }
}
