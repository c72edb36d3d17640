/**
 * A bundle becomes the other slot, done by root. What runs is not touched: until the state names a trial, the slot is only a
 * folder that nobody starts.
 */
import { execFile } from 'node:child_process';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { asFailure, failure } from '../contract/index.js';
import { syncPath } from '../runtime/index.js';
import { compareVersions, type Platform } from '../wire/index.js';
import type { Manifest } from './bundle.js';
import { type OpenBundle, openBundle, takeCopy } from './bundle-file.js';
import { requireFit } from './judge.js';
import type { KeyRing, PublicKey } from './keys.js';
import { otherSlot, type Place, programIn, type SlotName } from './place.js';
import { readState, writeState } from './state.js';
import { requireSignatures } from './trust.js';
import { syncTree, unpack } from './unpack.js';

export interface RootParts {
  readonly place: Place;
  readonly platform: Platform | undefined;
  /** The slot that this program itself runs from, which it will not pull from under its feet. */
  readonly own: SlotName | undefined;
  trust(): Promise<readonly KeyRing[]>;
  /** Wall-clock milliseconds. */
  now(): number;
  newId(): string;
  /** Hears of each step when it is on the disk. */
  told(step: string): void | Promise<void>;
}

/** A bundle in root's own hands, judged as a whole. */
export interface Judged extends OpenBundle {
  readonly signedBy: readonly PublicKey[];
}

/** Takes a copy and judges that, so that nobody changes what was judged. @throws Failure E_UPDATE, E_INPUT */
export async function judge(parts: RootParts, source: string, byHand: boolean): Promise<Judged> {
  const { place, platform } = parts;
  const active = await activeOf(place);
  await takeCopy(source, place.copy);
  const bundle = await openBundle(place.copy).catch(async (error: unknown) => {
    await rm(place.copy, { force: true });
    throw error;
  });
  try {
    const signedBy = requireSignatures(bundle.head, await parts.trust());
    const state = await readState(place.stateFile);
    requireFit(bundle.head.manifest, {
      platform,
      version: place.versionIn(active) ?? '0.0',
      state,
      now: parts.now(),
      byHand,
    });
    await bundle.verifyPayload();
    return { ...bundle, signedBy };
  } catch (error) {
    await bundle.close();
    await rm(place.copy, { force: true });
    throw error;
  }
}

/** Unpacks what was judged, tries whether it starts, and puts it on trial for the next start of the service. */
export async function stage(parts: RootParts, bundle: Judged, trialId: string): Promise<SlotName> {
  const { place, told } = parts;
  const { manifest } = bundle.head;
  const from = await activeOf(place);
  const slot = otherSlot(from);
  if (parts.own === slot) throw failure('E_UPDATE', `slot ${slot} is in use by this very program`);
  if ((await readState(place.stateFile)).trial !== null) throw failure('E_UPDATE', 'another version is on trial');
  const fresh = `${place.slot(slot)}.new`;
  try {
    await unpack(bundle.payload(), fresh);
    await requireSlot(fresh, manifest);
    await syncTree(fresh);
    await told('unpacked');
    await requireStart(fresh, manifest.version);
    // After an installation by hand it may still name the slot that goes away now.
    await place.point('settled', from);
    await told('settled points at what works');
    await replace(place, slot, fresh, told);
  } catch (error) {
    // A stream that broke may still have files on their way.
    await rm(fresh, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    throw error;
  }
  const state = await readState(place.stateFile);
  const { version, releasedAt } = manifest;
  await writeState(place.stateFile, {
    ...state,
    highest: { version, releasedAt },
    trial: { id: trialId, version, slot, from, phase: 'staged', starts: 0, at: new Date(parts.now()).toISOString() },
  });
  await told('staged');
  await rm(place.copy, { force: true });
  return slot;
}

/** @throws Failure E_UNSUPPORTED in an installation without slots */
export async function activeOf(place: Place): Promise<SlotName> {
  const active = await place.active();
  if (active === undefined)
    throw failure('E_UNSUPPORTED', 'this installation has no slots that could be exchanged', {
      remedy: 'update it in the way in which it was installed',
    });
  return active;
}

async function replace(place: Place, slot: SlotName, fresh: string, told: RootParts['told']): Promise<void> {
  const [target, old] = [place.slot(slot), `${place.slot(slot)}.old`];
  await rm(old, { recursive: true, force: true });
  await rename(target, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await told('made room');
  await rename(fresh, target);
  await syncPath(place.slots);
  await told('in its place');
  await rm(old, { recursive: true, force: true });
}

const slotSchema = z.object({ version: z.string(), platform: z.string() });

async function requireSlot(directory: string, { version, platform }: Manifest): Promise<void> {
  const says = await readFile(join(directory, 'slot.json'), 'utf8')
    .then((text) => slotSchema.safeParse(JSON.parse(text)).data)
    .catch(() => undefined);
  if (says === undefined || says.version !== version || says.platform !== platform)
    throw failure('E_UPDATE', `the update says it is ${version} for ${platform}, its slot.json says otherwise`);
}

/** A start on a small machine with a cold disk takes seconds. */
const startTimeoutMs = 60_000;

/** A runtime that does not run here (another C library, a bare processor) is known before anything depends on it. */
async function requireStart(directory: string, version: string): Promise<void> {
  const { node, main } = programIn(directory);
  const { stdout } = await promisify(execFile)(node, [main, 'version'], {
    timeout: startTimeoutMs,
    env: {},
    maxBuffer: 64 * 1024,
    windowsHide: true,
  }).catch((cause: unknown) => {
    throw failure(
      'E_UPDATE',
      `version ${version} does not start on this machine: ${asFailure(cause, 'start').message}`,
      { cause },
    );
  });
  const said = stdout.trim();
  if (!/^\d+(\.\d+){1,3}$/.test(said) || compareVersions(said, version) !== 0)
    throw failure('E_UPDATE', `version ${version} says of itself that it is ${JSON.stringify(said.slice(0, 64))}`);
}
