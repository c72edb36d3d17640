/** The agent's own parts, made for looking only: the agent's log stays as it is (--logfile names another), no plug-in remembers anything. */
import type { FrozenSettings } from '../../core/config/index.js';
import type { ComposeOptions } from '../../core/container/options.js';
import type { Wiring } from '../../core/container/wiring.js';
import { type LogLevel, noLog } from '../../core/runtime/index.js';
import { withWiring } from '../agent.js';
import { version } from '../version.js';
import type { Examination } from './examination.js';

/** Where the parts cannot be made, a step says why (a policy that cannot be read) and `work` is left out. */
export async function withParts(
  examination: Examination,
  settings: FrozenSettings,
  compose: (options: ComposeOptions) => Promise<Wiring>,
  work: (wiring: Wiring) => Promise<unknown>,
): Promise<void> {
  const { home, insecure, options } = examination;
  const { logfile } = options;
  const log = logfile === undefined ? { log: noLog } : { logfile, loglevel: options.loglevel as LogLevel | undefined };
  let wiring: Wiring;
  try {
    wiring = await compose({ home, settings, insecure, version: version(), remembers: false, ...log });
  } catch (error) {
    await examination.fails('Read policy.toml', error);
    return;
  }
  await withWiring(Promise.resolve(wiring), work);
}
