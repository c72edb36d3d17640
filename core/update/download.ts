/** From the space into a file, as much as was offered and no more; what arrives is judged afterwards, by its signature. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from '../contract/index.js';
import type { SpaceFile } from '../link/index.js';
import { type Platform, type UpdateInput, updateInput } from '../wire/index.js';

/** A file of the space by its path beside the agents' end point; undefined when the space does not have it. */
export type SpaceFiles = (path: string, signal: AbortSignal) => Promise<SpaceFile | undefined>;

/** @throws Failure E_UPDATE when the space does not have it, or sends something else than it offered; those of the link */
export async function download(
  files: SpaceFiles,
  offer: UpdateInput,
  platform: Platform,
  target: string,
  signal: AbortSignal,
  progress: (bytes: number) => void = () => undefined,
): Promise<void> {
  const found = await files(`updates/${offer.version}/${platform}`, signal);
  if (found === undefined)
    throw failure('E_UPDATE', `the space has no version ${offer.version} for ${platform} for this slot any more`);
  const draft = `${target}.part`;
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o640);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of found.body) {
      size += piece.length;
      if (size > offer.size)
        throw failure('E_UPDATE', `the space sends more than the ${offer.size} bytes that it offered`);
      hash.update(piece);
      await file.writeFile(piece);
      progress(size);
    }
    if (size !== offer.size || hash.digest('hex') !== offer.sha256)
      throw failure('E_UPDATE', 'what the space sends is not what it offered');
    await file.sync();
    await file.close();
    await rename(draft, target);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw (error as { code?: string }).code === 'ENOSPC'
      ? failure('E_STORAGE', `write ${draft}: the disk is full`, { cause: error })
      : error;
  }
}

const maxAnswerBytes = 16 * 1024;

/** What the space offers to this slot at the moment. @throws Failure E_PROTOCOL, and those of the link */
export async function askForOffer(files: SpaceFiles, signal: AbortSignal): Promise<UpdateInput | undefined> {
  const found = await files('updates', signal);
  if (found === undefined) return undefined;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of found.body) {
    size += piece.length;
    if (size > maxAnswerBytes) throw failure('E_LIMIT', 'the space’s answer about updates');
    pieces.push(piece);
  }
  try {
    const { offer } = JSON.parse(Buffer.concat(pieces).toString()) as { offer: unknown };
    return offer === null ? undefined : updateInput.parse(offer);
  } catch (cause) {
    throw failure('E_PROTOCOL', 'the space’s answer about updates', { cause });
  }
}
