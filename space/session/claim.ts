/** May this agent have this slot? Pure, so that the whole table of answers is tested without a socket. */

import type { FrameOf } from '../../core/wire/frames.js';
import { type CloseCode, closeCodes, protocolVersion } from '../../core/wire/ids.js';

/** Processes remembered per slot; a clone takes turns with the one before, so a few are plenty. */
const maxPastBoots = 8;

export interface SlotLease {
  readonly enabled: boolean;
  readonly epoch: number;
  readonly instance: string | null;
  readonly boot: string | null;
  /** The connection of that process that was accepted last. */
  readonly attempt: number;
  readonly pastBoots: readonly string[];
  /** Milliseconds since 1970; null when nobody holds the lease. */
  readonly lastFrameAt: number | null;
}

export type Verdict =
  | { readonly type: 'serve'; readonly epoch: number; readonly pastBoots: readonly string[] }
  | { readonly type: 'check' }
  | { readonly type: 'refuse'; readonly code: CloseCode; readonly reason: string };

/** An epoch further ahead than this is no memory of a lost one, but nonsense. */
const maxEpochsLost = 1_000_000_000;

/**
 * Has the agent seen an epoch or an order of this very slot that the slot does not know? Then the space's database is older than
 * what the space has done since: it was restored from a backup.
 */
export function isRestored(slot: RestoredSlot, spaceId: string, hello: FrameOf<'hello'>): boolean {
  const { pair, lastEpoch, instance, maxSeen } = hello;
  if (pair === null || pair.spaceId !== spaceId || pair.slotId !== slot.id) return false;
  if (slot.instance === instance && maxSeen > slot.seq) return true;
  return lastEpoch > slot.epoch && lastEpoch - slot.epoch < maxEpochsLost;
}

interface RestoredSlot {
  readonly id: string;
  readonly epoch: number;
  readonly instance: string | null;
  /** Highest opSeq that was issued to this installation. */
  readonly seq: number;
}

/** @param leaseMs how long a lease outlives the last frame: interval + timeout of the heartbeat. */
export function judgeClaim(slot: SlotLease, hello: FrameOf<'hello'>, now: number, leaseMs: number): Verdict {
  if (!slot.enabled) return refuse(closeCodes.disabled, 'slot disabled');
  if (!hello.versions.includes(protocolVersion))
    return refuse(closeCodes.version, `this space speaks version ${protocolVersion}`);
  // A wall clock that was set back does not make a lease last longer.
  const live = slot.lastFrameAt !== null && Math.abs(now - slot.lastFrameAt) < leaseMs;
  if (hello.purpose === 'check') return live ? refuse(closeCodes.busy, 'slot in use') : { type: 'check' };
  if (live && slot.instance !== hello.instance) return refuse(closeCodes.busy, 'slot in use by another installation');
  if (slot.instance !== hello.instance) return { type: 'serve', epoch: slot.epoch + 1, pastBoots: [] };
  // It was overtaken on the way: its process has a newer connection already.
  if (slot.boot === hello.boot && hello.attempt <= slot.attempt)
    return refuse(closeCodes.replaced, 'an older connection');
  if (slot.boot === hello.boot || slot.boot === null)
    return { type: 'serve', epoch: slot.epoch + 1, pastBoots: slot.pastBoots };
  // One installation is one process at a time (its journal is locked), so a process that was replaced cannot come back.
  if (slot.pastBoots.includes(hello.boot)) return refuse(closeCodes.clone, 'two copies of one installation');
  return { type: 'serve', epoch: slot.epoch + 1, pastBoots: [...slot.pastBoots, slot.boot].slice(-maxPastBoots) };
}

const refuse = (code: CloseCode, reason: string): Verdict => ({ type: 'refuse', code, reason });
