/**
 * An installation by hand ends whatever trial there is: the operator decides. What runs now is what the other slot's program is judged
 * by until the next start, so that the other slot may be written anew.
 */
import type { Place } from './place.js';
import { readState, writeState } from './state.js';

/** Held by the caller: the lock of the place. @throws Failure E_STORAGE */
export async function endTrialByHand(place: Place): Promise<void> {
  const active = await place.active();
  if (active !== undefined) await place.point('settled', active);
  const state = await readState(place.stateFile);
  if (state.trial !== null) await writeState(place.stateFile, { ...state, trial: null });
}
