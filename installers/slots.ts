/**
 * The two places for a version. One runs, the next version goes into the other, and one line in `active` says which is which: whatever
 * happens meanwhile, what `active` names is whole.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../core/contract/index.js';
import { readIfThere, writeAtomic } from '../core/runtime/index.js';
import type { Layout } from './layout.js';

export type Slot = 'a' | 'b';

export const slotFolder = (layout: Layout, slot: Slot): string => join(layout.slots, slot);

export const otherThan = (slot: Slot | undefined): Slot => (slot === 'a' ? 'b' : 'a');

/** Undefined before the first installation is complete. @throws Failure E_INPUT */
export async function activeSlot(layout: Layout): Promise<Slot | undefined> {
  const text = (await readIfThere(layout.active, 64))?.trim();
  if (text === undefined || text === 'a' || text === 'b') return text;
  throw failure('E_INPUT', `${layout.active} names neither slot a nor slot b`, {
    remedy: 'write a or b into it, whichever slot is whole, and run ksinstall again',
  });
}

export async function activate(layout: Layout, slot: Slot): Promise<void> {
  await writeAtomic(layout.active, `${slot}\n`, 0o644);
}

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

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'x86_64', arm64: 'aarch64', arm: 'armv7l' };

/** This machine, as archives call it. */
export function platformName(
  platform: NodeJS.Platform = process.platform,
  arch: NodeJS.Architecture = process.arch,
): string {
  return `${platform === 'win32' ? 'windows' : platform}-${architectures[arch] ?? arch}`;
}
