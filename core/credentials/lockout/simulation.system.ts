/** Many worlds of the lockout guard. KSOCKET_SEEDS says how many. */
import { test } from 'node:test';
import { costsWhatIsUnderWay, sparesEveryAccount } from './testing/laws.js';

const seeds = Number(process.env.KSOCKET_SEEDS ?? 100);

test(`no account has more than two refused logins in a row in an hour (${seeds} seeds)`, () =>
  sparesEveryAccount(seeds));

test(`a file that is corrected costs one more, a password that changes what is under way (${seeds} seeds)`, () =>
  costsWhatIsUnderWay(seeds));
