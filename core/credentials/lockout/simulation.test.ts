/** Some worlds of the lockout guard; simulation.system.ts holds many. */
import { test } from 'node:test';
import { costsWhatIsUnderWay, passesFirewalls, sparesEveryAccount, survivesHosts } from './testing/laws.js';

const seeds = 3;

test(`no account has more than two refused logins in a row in an hour (${seeds} seeds)`, () =>
  sparesEveryAccount(seeds));

test(`a file that is corrected costs one more, a password that changes what is under way (${seeds} seeds)`, () =>
  costsWhatIsUnderWay(seeds));

test(`a firewall stalls no scan and spares no account (${2 * seeds} seeds)`, () => passesFirewalls(2 * seeds));

test(`hosts that hang once they have the secret cost two logins, and none where it is known to be right (${4 * seeds} seeds)`, () =>
  survivesHosts(4 * seeds));
