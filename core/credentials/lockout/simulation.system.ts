/** Many worlds of the lockout guard. KSOCKET_SEEDS says how many. */
import { test } from 'node:test';
import { costsWhatIsUnderWay, passesFirewalls, sparesEveryAccount, survivesHosts } from './testing/laws.js';

const seeds = Number(process.env.KSOCKET_SEEDS ?? 100);

test(`no account has more than two refused logins in a row in an hour (${seeds} seeds)`, () =>
  sparesEveryAccount(seeds));

test(`a file that is corrected costs one more, a password that changes what is under way (${seeds} seeds)`, () =>
  costsWhatIsUnderWay(seeds));

test(`a firewall stalls no scan and spares no account (${seeds} seeds)`, () => passesFirewalls(seeds));

test(`hosts that hang once they have the secret cost two logins, and none where it is known to be right (${seeds} seeds)`, () =>
  survivesHosts(seeds));
