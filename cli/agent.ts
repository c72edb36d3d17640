/** Settings and composition as every command that runs operations needs them. */

import { type FrozenSettings, findHome, readSettings } from '../core/config/index.js';
import type { ComposeOptions } from '../core/container/options.js';
import type { Wiring } from '../core/container/wiring.js';
import type { CommonOptions, Context } from './context.js';
import { version } from './version.js';

export interface Prepared {
  readonly options: ComposeOptions;
  readonly warnings: readonly string[];
}

/** @param change settings of the command line over those of the file */
export async function prepare(
  context: Context,
  common: CommonOptions,
  optional: boolean,
  change: (settings: FrozenSettings) => FrozenSettings = (settings) => settings,
): Promise<Prepared> {
  const home = findHome(context.env);
  const { settings, warnings } = await readSettings(home, { optional });
  return {
    options: {
      home,
      settings: change(settings),
      logfile: common.logfile,
      loglevel: common.loglevel as FrozenSettings['loglevel'] | undefined,
      version: version(),
      insecure: /^(1|true|yes|on)$/i.test(context.env.KSOCKET_INSECURE ?? ''),
    },
    warnings,
  };
}

/** Runs work on a composition and undoes it, whatever happens. */
export async function withWiring<T>(wiring: Promise<Wiring>, work: (wiring: Wiring) => Promise<T>): Promise<T> {
  const made = await wiring;
  try {
    return await work(made);
  } finally {
    await made.release();
  }
}
