/** The same slot as the archive's, in the form that `ksocket update` takes; unsigned without a key, for those who sign on another machine. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PrivateKey, writeBundle } from '../../core/update/index.js';
import { tarball } from './archive.js';
import { normalise, type Release } from './payload.js';
import type { Platform } from './pins.js';

/** After a year nobody installs it any more: a space must not keep agents on something old by offering it as new. */
const validSeconds = 366 * 24 * 60 * 60;

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

export async function makeUpdateBundle(
  platform: Platform,
  release: Release,
  payload: string,
  work: string,
  keys: readonly PrivateKey[],
  target: string,
): Promise<void> {
  const { version, epoch } = release;
  const launcher = join(payload, 'launcher');
  const aside = join(work, 'launcher');
  await mkdir(work, { recursive: true });
  await rename(launcher, aside);
  const slot = join(work, 'slot.tar.gz');
  try {
    await tarball(payload, slot, epoch);
  } finally {
    await rename(aside, launcher);
    await normalise(payload, epoch);
  }
  const times = { releasedAt: iso(epoch), expires: iso(epoch + validSeconds) };
  await writeBundle(slot, { version, platform: platform.name, ...times }, keys, target);
  await rm(slot);
}
