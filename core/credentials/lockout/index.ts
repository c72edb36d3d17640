/** No account is locked by us. */
import type { Clock, Logger, Random } from '../../contract/index.js';
import { LockoutGuard } from './guard.js';
import { Ledger } from './ledger.js';
import { ledgerFolder } from './store.js';

export { LockoutGuard, type Spared, Watch } from './guard.js';
export { timeOf } from './rules.js';

/** @param folder where it remembers what was refused: one for all processes of an installation */
export function guardIn(folder: string, parts: { clock: Clock; random: Random; log: Logger }): LockoutGuard {
  return new LockoutGuard({
    ...parts,
    ledger: new Ledger(ledgerFolder(folder, parts.clock), parts.clock, parts.random),
  });
}
