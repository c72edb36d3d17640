/** The agent's own parts, made for looking only: nothing is written to the agent's log, and no plug-in remembers anything. */
import type { FrozenSettings } from '../../core/config/index.js';
import { composeCore, noLog, type Wiring } from '../../core/container/index.js';
import { withWiring } from '../agent.js';
import { version } from '../version.js';
import type { Examination } from './examination.js';

/** Where the parts cannot be made, a step says why (a policy that cannot be read) and `work` is left out. */
export async function withParts(
  examination: Examination,
  settings: FrozenSettings,
  work: (wiring: Wiring) => Promise<unknown>,
): Promise<void> {
  const { home, insecure } = examination;
  let wiring: Wiring;
  try {
    wiring = await composeCore({ home, settings, insecure, version: version(), log: noLog, remembers: false });
  } catch (error) {
    await examination.fails('Read policy.toml', error);
    return;
  }
  await withWiring(Promise.resolve(wiring), work);
}
