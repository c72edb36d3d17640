/**
 * One opening of a session, counted twice: at its address, and at the host behind it as soon as that has proved which it is. A plain name
 * is another account on each host, and a switch with twenty addresses is one host: by addresses alone it would be asked forty times an hour.
 */
import { type Failure, failure } from '../../contract/index.js';
import type { GuardedLogin } from './login.js';

export class LoginAtHost {
  #atHost: GuardedLogin | undefined;
  /** By what the host has proved itself, at first. */
  #host: string | undefined;
  #isOver = false;
  /** The host may be asked, and it is not known yet whether the address may. */
  #isHalfway = false;

  /**
   * @param forHost the same login in the eyes of a host; undefined where the account is none of it
   * @param isSharedBy the host is several: what it has accepted at one address it refuses at another, under one key
   */
  constructor(
    private readonly atAddress: GuardedLogin,
    private readonly forHost: (host: string) => GuardedLogin | undefined,
    private readonly isSharedBy: (host: string) => void,
  ) {}

  /** Nothing was sent: the secret was refused elsewhere a moment ago, and another file is to be tried before it. */
  get isPutOff(): boolean {
    return this.atAddress.isPutOff || this.#atHost?.isPutOff === true;
  }

  /** Before the session is opened; asks in the place of a collector that does not. @throws Failure E_LOCKOUT */
  opening(signal: AbortSignal): Promise<void> {
    return this.atAddress.opening(signal);
  }

  /**
   * The collector is about to send the account's secret.
   * @param host what the target has proved to be
   * @throws Failure E_LOCKOUT, E_STORAGE, E_CANCELLED
   */
  async beforeSecret(signal: AbortSignal, host?: string): Promise<void> {
    if (host !== undefined && this.#host === undefined && !this.#isOver) {
      this.#host = host;
      this.#atHost = this.forHost(host);
    }
    await this.#atHost?.beforeSecret(signal);
    this.#isHalfway = true;
    try {
      await this.atAddress.beforeSecret(signal);
    } catch (error) {
      await this.#atHost?.withdrawn();
      throw error;
    } finally {
      this.#isHalfway = false;
    }
  }

  /** The session is open, or the fault says why not. Never throws. */
  async ended(fault: Failure | undefined): Promise<void> {
    this.#isOver = true;
    const isShared = fault?.code === 'E_LOGIN' && this.#atHost?.hasSentProved === true;
    if (isShared) this.isSharedBy(this.#host!);
    // Nothing has left, or nothing that this one host would count.
    await this.#atHost?.ended(this.#isHalfway || isShared ? failure('E_LOGIN_METHOD', 'no login') : fault);
    await this.atAddress.ended(fault);
  }
}
