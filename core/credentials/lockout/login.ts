/** One opening of a session, as the lockout guard sees it: a secret is counted as refused before it leaves, until it is known that it was not. */
import {
  type Address,
  type Clock,
  type Failure,
  failure,
  type Logger,
  type Random,
  sentenceOf,
} from '../../contract/index.js';
import type { CredentialFile } from '../file.js';
import type { Account } from './account.js';
import { Lane } from './lane.js';
import type { Ledger, Mark } from './ledger.js';
import {
  accepted,
  counted,
  isChanged,
  isCorrected,
  isHarmless,
  sparedUntil,
  takenBack,
  timeOf,
  whatCame,
} from './rules.js';

export interface GuardParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What has left: nothing, a secret of which nobody knows whether it is right, or one that was accepted in this scan. */
type Sent = 'nothing' | 'unproved' | 'proved';

interface LoginParts extends GuardParts {
  readonly account: Account | undefined;
  readonly file: CredentialFile;
  readonly address: Address;
  readonly collector: string;
  readonly canWait: boolean;
  readonly proved: Set<string>;
  readonly refused: Map<string, number>;
  readonly silent: Set<string>;
  readonly lanes: Map<string, Lane>;
}

export class GuardedLogin {
  #sent: Sent = 'nothing';
  /** Of the secret that has left. */
  #id = '';
  #sentAt = 0;
  #isAskedFor = false;
  /** Nobody knows whether the collector has sent it. */
  #isGuess = false;
  #isOver = false;
  /** It is over, and the session is open. */
  #isIn = false;
  #isPutOff = false;

  constructor(private readonly parts: LoginParts) {}

  /** Nothing was sent: the secret was refused elsewhere a moment ago, and another file is to be tried before it. */
  get isPutOff(): boolean {
    return this.#isPutOff;
  }

  /** What has left, and has not been answered, is a secret that was accepted in this scan. */
  get hasSentProved(): boolean {
    return this.#sent === 'proved';
  }

  /** Before the session is opened; asks in the place of a collector that does not. @throws Failure E_LOCKOUT */
  async opening(signal: AbortSignal): Promise<void> {
    if (!this.parts.silent.has(this.parts.collector)) return;
    await this.beforeSecret(signal);
    this.#isAskedFor = true;
    this.#isGuess = true;
  }

  /** The collector is about to send the account's secret. @throws Failure E_LOCKOUT, E_STORAGE, E_CANCELLED */
  async beforeSecret(signal: AbortSignal): Promise<void> {
    const { account, clock, ledger, lanes, proved, random } = this.parts;
    if (account === undefined) return;
    if (this.#isIn) return this.#again(account);
    if (this.#isAskedFor) {
      this.#isAskedFor = false;
      this.#isGuess = false;
      return;
    }
    // Another one in the same login: the one before was refused.
    if (this.#sent !== 'nothing') await this.#came(failure('E_LOGIN', this.#place));
    const mark = await ledger.mark(account);
    this.#id = random.bytes(6).toString('hex');
    for (;;) {
      if (this.#isOver) throw failure('E_CANCELLED', this.#place);
      const lane = lanes.get(account.id) ?? new Lane();
      lanes.set(account.id, lane);
      if (proved.has(mark.whole)) {
        if (lane.isIdle) lanes.delete(account.id);
        this.#sentAt = clock.now();
        this.#sent = 'proved';
        return;
      }
      if (this.parts.canWait && this.parts.refused.has(mark.whole)) {
        if (lane.isIdle) lanes.delete(account.id);
        this.#isPutOff = true;
        throw failure('E_LOCKOUT', `${this.#place}: refused elsewhere a moment ago`);
      }
      if (lane.take()) break;
      await lane.wait(signal, this.#place);
    }
    try {
      await this.#admit(account, mark);
      if (this.#isOver) {
        // Whoever waited has given up; nothing leaves.
        await ledger.update(account, (it) => takenBack(it, this.#id));
        throw failure('E_CANCELLED', this.#place);
      }
      this.#sent = 'unproved';
    } catch (error) {
      this.#free(account);
      throw error;
    }
  }

  /** Nothing leaves after all. Never throws. */
  withdrawn(): Promise<void> {
    return this.#came(failure('E_LOGIN_METHOD', this.#place));
  }

  /** The session is open, or the fault says why not. Never throws. */
  async ended(fault: Failure | undefined): Promise<void> {
    this.#isOver = true;
    await this.#came(fault);
    this.#isIn = fault === undefined;
  }

  /**
   * A device that hangs up after one command is logged in to once more within its session. Nobody says what comes of that, so that only a
   * secret that is known to be right may leave, and no lane is taken, which nobody would free.
   */
  async #again(account: Account): Promise<void> {
    const { ledger, proved, file } = this.parts;
    if (proved.has((await ledger.mark(account)).whole)) return;
    throw failure('E_LOCKOUT', `${this.#place} once more: its secret has not been accepted, or was refused since`, {
      remedy: `check the password in ${file.name}`,
    });
  }

  async #came(fault: Failure | undefined): Promise<void> {
    const { account, log } = this.parts;
    if (account === undefined) return;
    const sent = this.#sent;
    this.#sent = 'nothing';
    try {
      await this.#settle(account, sent, fault);
    } catch (error) {
      // What counts was written down before; what is lost is that it went well.
      log.error(`what came of a login is not written down: ${sentenceOf(error)}`);
    } finally {
      if (sent === 'unproved') this.#free(account);
    }
  }

  async #settle(account: Account, sent: Sent, fault: Failure | undefined): Promise<void> {
    const { ledger, proved, silent, collector, clock, random } = this.parts;
    if (sent === 'nothing') {
      if (fault?.code !== 'E_LOGIN') return;
      silent.add(collector);
      this.#id = random.bytes(6).toString('hex');
      return this.#refused(account, fault);
    }
    const mark = await ledger.mark(account);
    if (fault === undefined) {
      proved.add(mark.whole);
      this.parts.refused.delete(mark.whole);
      return ledger.update(account, (it) => accepted(it, mark.kept, this.#id, this.#sentAt, clock.now()));
    }
    if (sent === 'proved') {
      // A host that hangs says nothing about a secret that others have accepted.
      if (fault.code !== 'E_LOGIN') return;
      proved.delete(mark.whole);
    } else if (isHarmless(fault) || (this.#isGuess && fault.code !== 'E_LOGIN')) {
      return ledger.update(account, (it) => takenBack(it, this.#id));
    }
    await this.#refused(account, fault);
  }

  /** The hour begins now; what was counted before it left is counted once. */
  async #refused(account: Account, { code }: Failure): Promise<void> {
    const { ledger, clock, file } = this.parts;
    const mark = await ledger.mark(account);
    const refusal = { id: this.#id, at: clock.now(), isSent: false, isUnanswered: code !== 'E_LOGIN' };
    this.parts.refused.set(mark.whole, refusal.at);
    await ledger.update(account, (it) => counted(it, refusal, file.name, mark.kept));
  }

  /** Counts one more before it happens. @throws Failure E_LOCKOUT */
  async #admit(account: Account, { kept }: Mark): Promise<void> {
    const { ledger, clock, file } = this.parts;
    let spared: Failure | undefined;
    await ledger.update(account, (it) => {
      this.#sentAt = clock.now();
      const until = sparedUntil(it, this.#sentAt);
      const isCorrection = until !== undefined;
      const isTried = isCorrected(it, this.#sentAt);
      if (!isCorrection || (isChanged(it, file.name, kept) && !isTried))
        return counted(it, { id: this.#id, at: this.#sentAt, isSent: true, isCorrection }, file.name, kept);
      const came = whatCame(it);
      const correct = isTried
        ? `check the password in ${file.name}: one correction was tried at once, the next one waits until then`
        : `correct the password in ${file.name}: a changed one is tried at once`;
      const hosts = `see why hosts do not end a login once they have the password, or leave them out of ${file.name}; if it is wrong, ${correct}`;
      spared = failure('E_LOCKOUT', `${this.#place}: ${came.text}, again from ${timeOf(until)}`, {
        remedy: came.refused === 0 ? hosts : correct,
      });
      const isSeen = it.files.some((seen) => seen.file === file.name);
      return isSeen ? it : { ...it, files: [...it.files, { file: file.name, mark: kept, at: 0 }] };
    });
    if (spared !== undefined) throw spared;
  }

  #free({ id }: Account): void {
    const { lanes } = this.parts;
    const lane = lanes.get(id);
    lane?.free();
    // Whoever waited looks for it anew.
    if (lane?.isIdle) lanes.delete(id);
  }

  get #place(): string {
    return `log in to ${this.parts.address} as ${this.parts.account?.shown.replace(` at ${this.parts.address}`, '')}`;
  }
}
