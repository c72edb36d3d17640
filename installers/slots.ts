/**
 * Which of the two slots runs, and what a slot says it is. The next version goes into the other one: whatever happens meanwhile, what
 * `active` names is whole.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../core/contract/index.js';
import { readIfThere } from '../core/runtime/index.js';
import { otherSlot, type SlotName } from '../core/update/index.js';
import type { Layout } from './layout.js';

/** Undefined before the first installation is complete. @throws Failure E_INPUT */
export async function activeSlot({ place }: Layout): Promise<SlotName | undefined> {
  const path = join(place.directory, 'active');
  const slot = await place.active();
  if (slot !== undefined || (await readIfThere(path, 64)) === undefined) return slot;
  throw failure('E_INPUT', `${path} names neither slot a nor slot b`, {
    remedy: 'write a or b into it, whichever slot is whole, and run ksinstall again',
  });
}

/** Where the next version goes. */
export const nextSlot = (active: SlotName | undefined): SlotName => (active === undefined ? 'a' : otherSlot(active));

const identitySchema = z.looseObject({ version: z.string().min(1), platform: z.string().min(1) });

export interface SlotIdentity {
  readonly version: string;
  /** As in the archive's name: `linux-x86_64`. */
  readonly platform: string;
}

/** slot.json of an unpacked payload or of a slot; undefined when it is not there. @throws Failure E_INPUT */
export async function identityOf(folder: string): Promise<SlotIdentity | undefined> {
  const path = join(folder, 'slot.json');
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch (error) {
    throw failure('E_INPUT', `${path} does not say version and platform`, {
      cause: error,
      remedy: 'unpack the archive again',
    });
  }
}
