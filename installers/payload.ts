/** What an unpacked archive brings: one slot's content and the launchers. It goes into the slot that does not run. */
import { cp, lstat, mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../core/config/index.js';
import { failure } from '../core/contract/index.js';
import { storing } from '../core/runtime/index.js';
import type { SlotName } from '../core/update/index.js';
import type { Layout } from './layout.js';
import { seal } from './seal.js';
import { identityOf, type SlotIdentity } from './slots.js';

export interface Payload extends SlotIdentity {
  readonly folder: string;
}

/** The parts of a slot; whatever else an archive brings stays behind. */
export const slotParts = ['node', 'app', 'slot.json'] as const;

/** Beside the program that runs: ksinstall runs from the archive that it installs. @throws Failure E_INPUT */
export async function readPayload(folder = resolve(packageRoot, '..')): Promise<Payload> {
  const identity = await identityOf(folder);
  const launchers = await lstat(join(folder, 'launcher')).catch(() => undefined);
  if (identity !== undefined && launchers?.isDirectory()) return { folder, ...identity };
  throw failure('E_INPUT', `${folder} is no unpacked archive of Ksocket`, {
    remedy: 'unpack ksocket-VERSION-PLATFORM and run the ksinstall inside',
  });
}

/** Bytes that it takes, links not followed. */
export async function sizeOf(path: string): Promise<number> {
  const it = await lstat(path);
  if (!it.isDirectory()) return it.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, it.size);
}

/** Bytes free where this will be; its folder need not exist yet. */
export async function freeBytesAt(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(at) === at) throw error;
    }
  }
}

/**
 * Copies the payload into a slot that nothing runs from. It comes under a name of its own and gets the slot's name when it is whole
 * and on the disk. What the slot held before is gone, so that two versions need the space, not three.
 */
export async function fillSlot(layout: Layout, slot: SlotName, payload: Payload): Promise<void> {
  const folder = layout.place.slot(slot);
  const draft = `${folder}.new`;
  await storing(`write ${folder}`, async () => {
    await mkdir(layout.place.slots, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rm(draft, { recursive: true, force: true });
    try {
      await mkdir(draft);
      for (const part of slotParts) {
        await cp(join(payload.folder, part), join(draft, part), { recursive: true, verbatimSymlinks: true });
      }
      await seal(draft);
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  });
}
