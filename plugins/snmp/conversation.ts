/**
 * One question at a time to one peer, with time-outs, retries, and a budget for the whole session that no peer can stretch.
 */
import type { Socket } from 'node:dgram';
import { asFailure, type Clock, Failure, failure } from 'ksocket/plugin';
import type { Session as NetSnmpSession } from 'net-snmp';
import type { Credential } from './credential.js';
import { communityOfTheLibrary, DatagramFacade } from './facade.js';
import { createSession, RequestFailedError, Version2c } from './library.js';
import type { Context, Messages } from './messages.js';
import { Rest } from './rest.js';
import type { AnswerSize } from './walk.js';

/** A whole session reads at most so many objects: full ARP and route tables of a large router are about a third of it. */
export const maxVarbinds = 100_000;
/** And waits at most so long for answers, all questions together. */
export const maxAskingMilliseconds = 60_000;
/** The library's own timer never decides; ours, on the clock of the host, does, and it stands still while a secret may not leave. */
const libraryMilliseconds = 24 * 60 * 60_000;

/** authorizationError of RFC 3416, section 3. */
const authorizationError = 16;

/** The agent answered with an error-status (RFC 3416, section 3), by its number. */
export class ErrorStatus extends Error {
  override readonly name = 'ErrorStatus';
  constructor(readonly status: number) {
    super(`error-status ${status}`);
  }
}

export interface ConversationOptions {
  readonly socket: Socket;
  /** "ask 192.0.2.1:161 by SNMP v2c": the place of every failure. */
  readonly place: string;
  readonly credential: Pick<Credential, 'timeout' | 'retries' | 'retryInterval'>;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** `Call.beforeSecret`. */
  readonly beforeSecret: () => Promise<void>;
}

export type Answer<T> = (error: Error | null, result: T | undefined) => void;
/** Hands one question to the library. */
export type Question<T> = (library: NetSnmpSession, answer: Answer<T>) => void;

export class Conversation {
  readonly place: string;
  /** How much this agent can be asked for at once, by what was lost so far. */
  answerSize: AnswerSize = 'large';
  /** Whether a table was silent to every size, while the agent was there. */
  hasSilentTables = false;
  readonly #options: ConversationOptions;
  readonly #facade: DatagramFacade;
  readonly #library: NetSnmpSession;
  readonly #aborted = () => this.#fail?.(failure('E_CANCELLED', this.place));
  #fail: ((error: Error) => void) | undefined;
  #goesOn: (() => void) | undefined;
  /** Stops the waiting for an answer. */
  #pauses: (() => void) | undefined;
  #closed = false;
  readonly #rest = new Rest();
  /** On the monotonic clock: before that the agent is left alone. */
  #restUntil = 0;
  /** Whether anything has been answered; who may read something may be refused a part. */
  #permitted = false;
  #varbinds = maxVarbinds;
  #milliseconds = maxAskingMilliseconds;
  /** Of these the peer took none: for so long it was not asked, because its user’s secret waited. */
  #pausedMilliseconds = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.place = options.place;
    this.#facade = new DatagramFacade(options.socket, options.messages, {
      failed: (error) => this.#fail?.(this.#understood(error)),
      goesOn: () => this.#goesOn?.(),
      beforeSecret: () => this.#beforeSecret(),
    });
    // The target and its port are those of the socket.
    this.#library = createSession('', communityOfTheLibrary, {
      version: Version2c,
      retries: 0,
      timeout: libraryMilliseconds,
      dgramModule: this.#facade.module,
    });
    this.#library.on('error', () => {});
    options.signal.addEventListener('abort', this.#aborted);
  }

  /** How long the answers of this session took so far, all together. */
  get waitedMilliseconds(): number {
    return maxAskingMilliseconds - this.#milliseconds;
  }

  /** Why nothing more may be asked, or undefined. */
  get exhausted(): string | undefined {
    if (this.#varbinds <= 0) return `more than ${maxVarbinds} objects in one session`;
    return this.#milliseconds <= 0 ? `more than ${maxAskingMilliseconds / 1000} seconds in one session` : undefined;
  }

  /** @throws Failure E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_PROTOCOL, E_CANCELLED, those of the messages; ErrorStatus */
  async ask<T extends readonly unknown[]>(send: Question<T>, context: Context | undefined): Promise<T> {
    const { clock, credential, messages, signal } = this.#options;
    await this.#rested();
    const worked = () => clock.monotonic() - this.#pausedMilliseconds;
    const started = worked();
    try {
      for (let left = credential.retries; ; left--) {
        const asked = worked();
        try {
          const result = await this.#once(send, context, left === 0);
          this.#varbinds -= result.flat().length;
          this.#permitted = true;
          this.#restUntil = clock.monotonic() + this.#rest.after(worked() - asked);
          return result;
        } catch (error) {
          if (left === 0 || !(error instanceof Failure) || error.code !== 'E_TIMEOUT') throw error;
          await clock.sleep(credential.retryInterval * 1000, signal);
        }
      }
    } catch (error) {
      if (signal.aborted) throw failure('E_CANCELLED', this.place);
      if (error instanceof ErrorStatus && error.status === authorizationError && !this.#permitted)
        throw failure('E_PRIVILEGE', this.place, { remedy: messages.forbidden });
      throw error;
    } finally {
      this.#milliseconds -= worked() - started;
    }
  }

  /** Others may be logging in: no limit of ours runs meanwhile. @throws Failure */
  async #beforeSecret(): Promise<void> {
    const { clock, beforeSecret } = this.#options;
    const began = clock.monotonic();
    this.#pauses?.();
    try {
      await beforeSecret();
    } finally {
      this.#pausedMilliseconds += clock.monotonic() - began;
    }
  }

  async #rested(): Promise<void> {
    const { clock, signal } = this.#options;
    const left = this.#restUntil - clock.monotonic();
    if (left <= 0) return;
    // An abort is told by the question itself.
    await clock.sleep(left, signal).catch(() => {});
  }

  async #once<T>(send: Question<T>, context: Context | undefined, isLast: boolean): Promise<T> {
    const { clock, credential, signal } = this.#options;
    if (signal.aborted || this.#closed) throw failure('E_CANCELLED', this.place);
    let cancel = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        const wait = () => {
          cancel();
          cancel = clock.after(credential.timeout * 1000, () => {
            if (!this.#facade.askedDifferently(isLast)) reject(this.#silence());
          });
        };
        this.#fail = reject;
        this.#goesOn = wait;
        this.#pauses = () => cancel();
        wait();
        this.#facade.context = context;
        send(this.#library, (error, result) =>
          result === undefined ? reject(this.#understood(error)) : resolve(result),
        );
      });
    } finally {
      cancel();
      this.#fail = undefined;
      this.#goesOn = undefined;
      this.#pauses = undefined;
      this.#facade.settle();
      this.#library.cancelRequests(new Error('settled'));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal.removeEventListener('abort', this.#aborted);
    this.#aborted();
    this.#library.close();
  }

  #silence(): Failure {
    return failure('E_TIMEOUT', this.place, { remedy: this.#options.messages.silence });
  }

  /** Errors of the library may quote what the peer said, so all but the socket’s are named by their kind only. */
  #understood(error: Error | null): Error {
    if (error instanceof Failure) return error;
    if (error instanceof RequestFailedError) return new ErrorStatus(Number(error.status));
    if (!this.#facade.isOpen) return failure('E_CANCELLED', this.place);
    return error !== null && 'syscall' in error ? asFailure(error, this.place) : failure('E_PROTOCOL', this.place);
  }
}
