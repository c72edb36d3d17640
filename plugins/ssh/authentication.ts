/**
 * In which order somebody tries to get in (RFC 4252): `none` to hear what the server accepts, every key, the password, and the
 * password as answer to keyboard-interactive (RFC 4256). One password is sent once: a server that refused it as `password`
 * would count the second refusal against the account. A server that ends the connection after so many keys (MaxAuthTries) is
 * asked again with those that are left, so the tries are kept over connections.
 */
import { asFailure, type Failure, failure, type Secret } from 'ksocket/plugin';
import type { AnyAuthMethod, AuthHandlerMiddleware, NextAuthHandler, ParsedKey, Prompt } from 'ssh2';
import { asksForPassword, maxPrompts, maxRounds, printable } from './prompts.js';

export interface Identity {
  readonly username: string;
  readonly keys: readonly ParsedKey[];
  readonly password: Secret | undefined;
}

/** OpenSSH ends a connection at its sixth refusal (MaxAuthTries); leaving before that is not logged as an attack. */
const refusalsPerConnection = 5;

export class Tries {
  readonly #identity: Identity;
  /** Not tried yet, in their order. */
  #left: AnyAuthMethod[];
  /** What the server took as one of several steps (partial success); the next connection begins with them. */
  #taken: AnyAuthMethod[] = [];
  #current: AnyAuthMethod | undefined;
  #keysRefused = 0;
  #passwordRefused = false;
  /** The connection ended where an answer to the password was due. */
  #hungUp = false;
  /** The password is on its way, and nothing was heard of it. */
  #passwordInFlight = false;
  /** The core is asked whether the password may be risked, and has not answered yet. */
  #isAsking = false;
  #sent = 0;
  #methods: readonly string[] = [];
  #refusalsHere = 0;

  constructor(identity: Identity) {
    this.#identity = identity;
    const { username, keys, password } = identity;
    this.#left = keys.map((key) => ({ type: 'publickey', username, key }));
    if (password === undefined) return;
    this.#left.push({ type: 'password', username, password: password.reveal() });
    // The prompt is set for each connection.
    this.#left.push({ type: 'keyboard-interactive', username, prompt: () => undefined });
  }

  /**
   * For one connection.
   * @param before runs once, after the host has proved its key and before anything of the account is sent; false stops there
   * @param stop ends the connection: the server asks for what nobody has, or the account is spared
   * @param beforeSecret `Call.beforeSecret`
   */
  handler(
    before: () => Promise<boolean>,
    stop: (why: Failure) => void,
    place: string,
    beforeSecret: () => Promise<void>,
  ): AuthHandlerMiddleware {
    const { username } = this.#identity;
    this.#left = [...this.#taken, ...this.#left];
    this.#taken = [];
    this.#current = undefined;
    this.#refusalsHere = 0;
    let opened = false;
    return (methodsLeft, partial, next) => {
      if (!opened) {
        opened = true;
        void before().then((goOn) => goOn && next({ type: 'none', username }));
        return;
      }
      this.#methods = methodsLeft;
      this.#settle(partial === true);
      const at = this.#left.findIndex((it) => methodsLeft.includes(it.type));
      if (at < 0 || this.#refusalsHere >= refusalsPerConnection) return giveUp(next);
      const [attempt] = this.#left.splice(at, 1) as [AnyAuthMethod];
      this.#current = attempt;
      this.#sent += 1;
      if (attempt.type === 'password') return void this.#risk(beforeSecret, stop, place, () => next(attempt));
      const prompt = this.#prompt(stop, place, beforeSecret);
      next(attempt.type === 'keyboard-interactive' ? { ...attempt, prompt } : attempt);
    };
  }

  /** Sends the password, when the account may be risked. */
  async #risk(beforeSecret: () => Promise<void>, stop: (why: Failure) => void, place: string, send: () => void) {
    this.#isAsking = true;
    try {
      await beforeSecret();
    } catch (error) {
      return stop(asFailure(error, place));
    } finally {
      this.#isAsking = false;
    }
    this.#passwordInFlight = true;
    send();
  }

  /** What the server has said of the current try. */
  #settle(taken: boolean): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    if (taken) this.#taken.push(current);
    else this.#refused(current);
    this.#passwordInFlight = false;
  }

  #refused({ type }: AnyAuthMethod): void {
    this.#refusalsHere += 1;
    if (type === 'publickey') this.#keysRefused += 1;
    else if (this.#passwordInFlight) {
      this.#passwordRefused = true;
      this.#left = this.#left.filter((it) => it.type === 'publickey');
    }
  }

  #prompt(stop: (why: Failure) => void, place: string, beforeSecret: () => Promise<void>) {
    let rounds = 0;
    let answered = false;
    return (_: string, __: string, ___: string, prompts: Prompt[], finish: (answers: string[]) => void) => {
      rounds += 1;
      if (prompts.length > maxPrompts || rounds > maxRounds)
        return stop(failure('E_LIMIT', `${place}: the server goes on asking`));
      const { username, password } = this.#identity;
      const other = prompts.find((it) => !asksForPassword(it, username));
      if (other !== undefined) {
        const asked = printable(other.prompt);
        return stop(
          failure('E_LOGIN_METHOD', `${place}: the server asks "${asked}"`, {
            remedy: 'only a password can be given there; permit a key, or an account without a second factor',
          }),
        );
      }
      // Whoever asks again did not take the first answer.
      if (answered || prompts.length > 1) {
        this.#passwordRefused ||= answered;
        return stop(this.failure(place));
      }
      answered = true;
      const send = () => finish(prompts.map(() => password?.reveal() ?? ''));
      void this.#risk(beforeSecret, stop, place, send);
    };
  }

  /** The server has ended the connection, in order. Can another connection help? */
  ended(): boolean {
    // The password has not left, and its turn comes: another connection would wait behind itself.
    if (this.#isAsking) return false;
    const current = this.#current;
    this.#hungUp ||= this.#passwordInFlight;
    // Many devices end the connection in place of saying no.
    this.#settle(false);
    return (current?.type === 'publickey' || this.#refusalsHere >= refusalsPerConnection) && this.#hasMore();
  }

  #hasMore(): boolean {
    return this.#left.some((it) => this.#methods.length === 0 || this.#methods.includes(it.type));
  }

  /** Has the server refused something, or ended the connection in the middle of it? */
  get refused(): boolean {
    return !this.#isAsking && (this.#passwordRefused || this.#keysRefused > 0);
  }

  /** The last refusal was no word, but the end of the connection. */
  get hungUpOn(): string | undefined {
    return this.#hungUp
      ? 'the server, or something on the way, hung up on the password in place of an answer: check it'
      : undefined;
  }

  /** Nothing but a name was needed. */
  get isOpenDoor(): boolean {
    return this.#sent === 0;
  }

  /** Why nobody gets in: E_LOGIN only where the password was refused, so that a refused key counts against no account. */
  failure(place: string, options: { cause?: unknown; remedy?: string | undefined } = {}): Failure {
    if (this.#passwordRefused) {
      const remedy = options.remedy ?? 'check the username and the password in the credential file';
      return failure('E_LOGIN', place, { ...options, remedy });
    }
    return failure('E_LOGIN_METHOD', place, { ...options, remedy: options.remedy ?? this.#remedy() });
  }

  #remedy(): string {
    const { keys, password } = this.#identity;
    if (keys.length === 0 && password === undefined) return 'add a password or clientKeys to the credential file';
    const accepts = `the server accepts ${printable(this.#methods.join(', ')) || 'nothing'}`;
    if (this.#keysRefused === 0) return accepts;
    const keysRefused = this.#keysRefused === 1 ? 'the key is' : `the ${this.#keysRefused} keys are`;
    return `${keysRefused} not permitted there (authorized_keys); ${accepts}`;
  }
}

/** ssh2 takes `false` for "no more methods"; its published types leave that out. */
function giveUp(next: NextAuthHandler): void {
  (next as unknown as (end: false) => void)(false);
}
