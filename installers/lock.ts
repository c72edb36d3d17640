/** One installer or updater at a time: two of them would write into the same slot. */
import { mkdir } from 'node:fs/promises';
import { Failure, failure } from '../core/contract/index.js';
import { storing } from '../core/runtime/index.js';
import { withLock } from '../core/update/index.js';
import type { Layout } from './layout.js';

/** @returns gives the place free again. @throws Failure while another one is at work there */
export async function holdInstallation({ home, runtime, place }: Layout): Promise<() => Promise<void>> {
  await storing(`write ${runtime}`, () => mkdir(runtime, { recursive: true }));
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return new Promise((resolve, reject) => {
    const held = storing(`write ${runtime}`, () =>
      withLock(place.lockFile, () => {
        resolve(() => {
          release();
          return held;
        });
        return until;
      }),
    );
    held.catch((error: unknown) => {
      const isBusy = error instanceof Failure && error.code === 'E_UPDATE';
      const remedy = { remedy: 'wait until it has ended, then run this again' };
      reject(isBusy ? failure('E_INPUT', `another installer or update is at work in ${home}`, remedy) : error);
    });
  });
}
