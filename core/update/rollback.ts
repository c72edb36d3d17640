/** Back to the version before, because a person says so; done by root. The version that is left is not installed again by itself. */
import { failure } from '../contract/index.js';
import { compareVersions } from '../wire/index.js';
import { otherSlot } from './place.js';
import { abandon } from './settle.js';
import { activeOf, type RootParts } from './stage.js';
import { readState, withBad, writeState } from './state.js';

/** @returns the version that the next start takes. @throws Failure E_UPDATE when there is nothing to go back to */
export async function rollback(parts: RootParts): Promise<{ readonly from: string; readonly to: string }> {
  const { place } = parts;
  const active = await activeOf(place);
  const state = await readState(place.stateFile);
  const { trial } = state;
  if (trial !== null) {
    await abandon(parts, trial, 'rolled back by hand');
    return { from: trial.version, to: place.versionIn(trial.from) ?? '' };
  }
  const target = otherSlot(active);
  const [from, to] = [place.versionIn(active) ?? '0.0', place.versionIn(target)];
  if (to === undefined || compareVersions(to, from) >= 0)
    throw failure('E_UPDATE', 'there is no older version to go back to', {
      remedy: 'a version is kept from one update to the next; older ones are installed anew',
    });
  const at = new Date(parts.now()).toISOString();
  await writeState(place.stateFile, withBad(state, { version: from, reason: 'rolled back by hand', at }));
  await parts.told(`version ${from} is not installed again by itself`);
  await place.point('active', target);
  await parts.told(`version ${to} is the next to start`);
  await place.point('settled', target);
  await parts.told('settled');
  return { from, to };
}
