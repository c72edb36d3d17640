/**
 * The lockout guard: no account is locked by us. Two logins in a row that are refused, and the account is left alone for an hour. As long
 * as nobody knows in this scan whether its secret is right, one login at a time presents it, the canary, and the others wait.
 */
import { type Address, sentenceOf } from '../../contract/index.js';
import type { CredentialFile } from '../file.js';
import { type Account, accountAtHost, accountOf } from './account.js';
import { LoginAtHost } from './at-host.js';
import type { Lane } from './lane.js';
import type { Entry } from './ledger.js';
import { GuardedLogin, type GuardParts } from './login.js';
import { isChanged, isCorrected, sparedUntil, whatCame } from './rules.js';

/** An account that is left alone for now. */
export interface Spared {
  readonly account: string;
  readonly refusals: number;
  /** So many of them are logins that no host has ended, so that nobody knows. */
  readonly unanswered: number;
  /** When it may be tried again, in milliseconds since 1970. */
  readonly until: number;
}

export class LockoutGuard {
  readonly #lanes = new Map<string, Lane>();
  /** Collectors that present secrets without asking: from the first refusal on they are asked for. */
  readonly #silent = new Set<string>();

  constructor(private readonly parts: GuardParts) {}

  /** For one scan: what it has proved holds for it alone. */
  watch(): Watch {
    // Beside the scan: it removes what is too old to count.
    void this.parts.ledger.all().catch((error: unknown) => {
      this.parts.log.warn(`what is known of accounts is not tidied up: ${sentenceOf(error)}`);
    });
    return new Watch(this.parts, this.#lanes, this.#silent);
  }

  /** Accounts that are spared now. */
  async spared(): Promise<Spared[]> {
    const entries = await this.parts.ledger.all();
    return entries.flatMap((it) => {
      const until = sparedUntil(it, this.parts.clock.now());
      return until === undefined ? [] : [sparedOf(it, it.account, until)];
    });
  }

  /** Is the account of this file spared at this address? A secret that was changed since is not. */
  async sparedIn(file: CredentialFile, address: Address): Promise<Spared | undefined> {
    const account = accountOf(file, address);
    if (account === undefined) return undefined;
    const { ledger, clock } = this.parts;
    const entry = await ledger.read(account);
    const now = clock.now();
    const until = sparedUntil(entry, now);
    if (until === undefined) return undefined;
    if (isChanged(entry, file.name, (await ledger.mark(account)).kept) && !isCorrected(entry, now)) return undefined;
    return sparedOf(entry, account.shown, until);
  }
}

const sparedOf = (entry: Entry, account: string, until: number): Spared => {
  return { account, refusals: entry.refusals.length, unanswered: whatCame(entry).unanswered, until };
};

/** One scan's logins. */
export class Watch {
  /** Marks of secrets that were accepted. */
  readonly #proved = new Set<string>();
  /** The same of secrets that were refused, with when. */
  readonly #refused = new Map<string, number>();
  /** Keys that several hosts have, as copies of one image do: by them nothing is counted. */
  readonly #shared = new Set<string>();

  constructor(
    private readonly parts: GuardParts,
    private readonly lanes: Map<string, Lane>,
    private readonly silent: Set<string>,
  ) {}

  /**
   * One opening of a session with one file.
   * @param canWait other files are left to try: a secret that was refused elsewhere meanwhile is put off
   */
  login(collector: string, file: CredentialFile, address: Address, canWait = false): LoginAtHost {
    const { parts, silent, lanes } = this;
    const memory = { proved: this.#proved, refused: this.#refused, silent, lanes };
    const as = (account: Account | undefined) =>
      new GuardedLogin({ ...parts, ...memory, file, address, collector, canWait, account });
    const forHost = (host: string) => {
      const account = this.#shared.has(host) ? undefined : accountAtHost(file, host);
      return account && as(account);
    };
    return new LoginAtHost(as(accountOf(file, address)), forHost, (host) => void this.#shared.add(host));
  }

  /**
   * The same files, those behind whose secret was refused of late: the others come first, so that neither two wrong ones nor many hosts
   * with the same wrong one use up what an hour allows.
   */
  async order(files: readonly CredentialFile[], address: Address): Promise<readonly CredentialFile[]> {
    if (files.length < 2) return files;
    const { ledger } = this.parts;
    const refusedAt = new Map<CredentialFile, number>();
    for (const file of files) {
      const account = accountOf(file, address);
      if (account === undefined) continue;
      const seen = await this.#seen(account);
      if (seen.length + this.#refused.size === 0) continue;
      const mark = await ledger.mark(account);
      const known = seen.find((it) => it.file === file.name && it.mark === mark.kept)?.at ?? 0;
      const at = Math.max(known, this.#refused.get(mark.whole) ?? 0);
      if (at > 0) refusedAt.set(file, at);
    }
    if (refusedAt.size === 0) return files;
    return [...files].sort((a, b) => (refusedAt.get(a) ?? 0) - (refusedAt.get(b) ?? 0));
  }

  /** A ledger that cannot be read changes no order; the login itself will say so. */
  async #seen(account: Account): Promise<Entry['files']> {
    try {
      return (await this.parts.ledger.read(account)).files;
    } catch (error) {
      this.parts.log.warn(`what was refused is not known: ${sentenceOf(error)}`);
      return [];
    }
  }
}
