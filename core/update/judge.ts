/** May this release be installed here and now? Its signature is another question (trust.ts), which comes first. */
import { failure } from '../contract/index.js';
import { compareVersions, type Platform } from '../wire/index.js';
import type { Manifest } from './bundle.js';
import { isBad, type UpdateState } from './state.js';

export interface Here {
  readonly platform: Platform | undefined;
  /** The version in use. */
  readonly version: string;
  readonly state: UpdateState;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** A person asked for it: what went wrong before may be tried again. */
  readonly byHand: boolean;
}

/** @throws Failure E_UPDATE saying what does not fit */
export function requireFit(manifest: Manifest, { platform, version, state, now, byHand }: Here): void {
  const { version: next, minVersion } = manifest;
  const { highest } = state;
  if (manifest.platform !== platform)
    throw failure('E_UPDATE', `version ${next} is for ${manifest.platform}; this is ${platform ?? 'another system'}`, {
      remedy: 'take the bundle for this system',
    });
  if (minVersion !== undefined && compareVersions(version, minVersion) < 0)
    throw failure('E_UPDATE', `version ${next} can follow ${minVersion}; this is ${version}`, {
      remedy: `install ${minVersion} first`,
    });
  const again = byHand && isBad(state, next);
  if (isBad(state, next) && !byHand)
    throw failure('E_UPDATE', `version ${next} did not work here before`, {
      remedy: 'ksocket update apply FILE tries it again',
    });
  if (compareVersions(next, version) <= 0)
    throw failure('E_UPDATE', `version ${next} is not newer than ${version}, which is in use`);
  const step = highest === null ? 1 : compareVersions(next, highest.version);
  if (step < 0 || (step === 0 && !again))
    throw failure('E_UPDATE', `version ${next} is not newer than ${highest?.version}, which was here before`, {
      remedy: 'ksocket update rollback goes back to the version before',
    });
  // A clock that was set back does not bring expired releases back: time has passed since the newest that was seen.
  const today = Math.max(now, highest === null ? 0 : Date.parse(highest.releasedAt));
  if (today > Date.parse(manifest.expires))
    throw failure('E_UPDATE', `version ${next} was to be installed until ${manifest.expires}`, {
      remedy: 'take a newer one, or check the clock of this machine',
    });
}
