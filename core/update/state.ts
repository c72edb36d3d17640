/**
 * What root remembers of updates: `usr/lib/ksocket/update.json`, replaced as a whole at every step, readable for everybody.
 * A start that finds any of these states goes on from there, so that a power cut between two steps costs nothing but the step.
 */
import { z } from 'zod';
import { failure } from '../contract/index.js';
import { readIfThere, writeAtomic } from '../runtime/index.js';
import { compareVersions, versionText } from '../wire/index.js';
import { slotNames } from './place.js';

const slot = z.enum(slotNames);
const at = z.iso.datetime();
const reason = z.string().max(1024);

const stateSchema = z.strictObject({
  format: z.literal(1),
  /** Of every bundle that was ever put on trial: nothing older is taken, also after it went wrong. */
  highest: z.strictObject({ version: versionText, releasedAt: at }).nullable(),
  /** Versions that did not work here. They are not tried again unless the operator says so. */
  bad: z.array(z.strictObject({ version: versionText, reason, at })).max(64),
  trial: z
    .strictObject({
      /** Ties the agent's word to this trial and no earlier one. */
      id: z.string().max(64),
      version: versionText,
      slot,
      /** Where to go back to. */
      from: slot,
      /**
       * `staged`: the slot is complete, the next start switches to it. `running`: it was started. `back`: it failed, and the
       * launcher is pointed at `from` again.
       */
      phase: z.enum(['staged', 'running', 'back']),
      starts: z.number().int().min(0).max(1000),
      at,
      reason: reason.optional(),
    })
    .nullable(),
  /** The agent's request that was worked on last, so that each is worked on once, and given up when it kills us again and again. */
  request: z.strictObject({ id: z.string().max(64), attempts: z.number().int().min(1), done: z.boolean() }).nullable(),
  /** How the last update ended. */
  last: z
    .strictObject({
      version: z.string().max(32),
      /** Of its trial or its request. */
      id: z.string().max(64),
      result: z.enum(['confirmed', 'rolled-back', 'refused']),
      reason: reason.optional(),
      at,
    })
    .nullable(),
});
export type UpdateState = Readonly<z.infer<typeof stateSchema>>;
export type Trial = NonNullable<UpdateState['trial']>;
export type LastUpdate = NonNullable<UpdateState['last']>;

const nothing: UpdateState = { format: 1, highest: null, bad: [], trial: null, request: null, last: null };

/** @throws Failure E_STORAGE when it is there and cannot be understood: forgetting the highest version would open the way back */
export async function readState(path: string): Promise<UpdateState> {
  const text = await readIfThere(path);
  if (text === undefined) return nothing;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw failure('E_STORAGE', `${path} cannot be understood`, {
      cause,
      remedy: 'move it away to allow updates again; any signed version is then taken as new',
    });
  }
}

export const writeState = (path: string, state: UpdateState): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(stateSchema.parse(state), null, 1)}\n`, 0o644);

export const isBad = (state: UpdateState, version: string): boolean =>
  state.bad.some((it) => compareVersions(it.version, version) === 0);

/** The list is short; the oldest make room, since nothing below the highest version comes back anyway. */
export const withBad = (state: UpdateState, entry: UpdateState['bad'][number]): UpdateState => ({
  ...state,
  bad: [...state.bad.filter((it) => compareVersions(it.version, entry.version) !== 0), entry].slice(-64),
});
