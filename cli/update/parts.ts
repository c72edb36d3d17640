/** What every command of updates works with: the installation, the keys that it trusts, and one process at a time. */
import { randomUUID } from 'node:crypto';
import { findHome, packageRoot, readSettings } from '../../core/config/index.js';
import { activeOf, type Place, placeOf, type RootParts, readTrust, withLock } from '../../core/update/index.js';
import { platformOf } from '../../core/wire/index.js';
import type { Context } from '../context.js';

export function rootParts(context: Context, told: RootParts['told'] = () => undefined): RootParts {
  const home = findHome(context.env);
  const place = placeOf(context.env);
  return {
    place,
    platform: platformOf(),
    own: place.own(),
    trust: async () => readTrust(packageRoot, home.etc, (await readSettings(home, { optional: true })).settings.update),
    now: Date.now,
    newId: randomUUID,
    told,
  };
}

/** @throws Failure E_UPDATE, E_PRIVILEGE, E_STORAGE, E_UNSUPPORTED */
export async function alone<T>(place: Place, work: () => Promise<T>): Promise<T> {
  await activeOf(place);
  return withLock(place.lockFile, work);
}
