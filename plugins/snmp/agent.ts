/**
 * The peer (an "agent", RFC 3411): one question at a time, with time-outs, retries, and a budget for the whole session that
 * no peer can stretch.
 */
import type { Socket } from 'node:dgram';
import { type Address, asFailure, type Clock, Failure, failure } from 'ksocket/plugin';
import type { Session as NetSnmpSession } from 'net-snmp';
import type { Credential } from './credential.js';
import { DatagramFacade } from './facade.js';
import { createSession, RequestFailedError, Version2c } from './library.js';
import { isAbsent, type Varbind } from './value.js';

/** A whole session reads at most so many objects: full ARP and route tables of a large router are about a third of it. */
export const maxVarbinds = 100_000;
/** And waits at most so long for answers, all questions together. */
export const maxAskingMilliseconds = 60_000;

/** The agent answered with an error-status (RFC 3416, section 3), by its number. */
export class ErrorStatus extends Error {
  override readonly name = 'ErrorStatus';
  constructor(readonly status: number) {
    super(`error-status ${status}`);
  }
}

export interface AgentOptions {
  readonly socket: Socket;
  readonly address: Address;
  readonly credential: Credential;
  readonly community: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Answer<T> = (error: Error | null, result: T | undefined) => void;

export class Agent {
  /** "ask 192.0.2.1:161 by SNMP v2c": the place of every failure. */
  readonly place: string;
  /** Large answers get lost on the way (filtered fragments): learnt by one table, kept for the next. */
  onlySmallAnswers = false;
  readonly #options: AgentOptions;
  readonly #facade: DatagramFacade;
  readonly #library: NetSnmpSession;
  readonly #aborted = () => this.#fail?.(failure('E_CANCELLED', this.place));
  #fail: ((error: Error) => void) | undefined;
  #closed = false;
  #varbinds = maxVarbinds;
  #milliseconds = maxAskingMilliseconds;

  constructor(options: AgentOptions) {
    const { credential, address } = options;
    this.#options = options;
    this.place = `ask ${address.includes(':') ? `[${address}]` : address}:${credential.port} by SNMP v2c`;
    this.#facade = new DatagramFacade(options.socket, (error) => this.#fail?.(this.#understood(error)));
    this.#library = createSession(address, options.community, {
      version: Version2c,
      port: credential.port,
      retries: 0,
      // Its own timer only cleans up; ours, on the clock of the host, decides.
      timeout: credential.timeout * 1000 + 1000,
      dgramModule: this.#facade.module,
    });
    this.#library.on('error', () => {});
    options.signal.addEventListener('abort', this.#aborted);
  }

  /** Why nothing more may be asked, or undefined. */
  get exhausted(): string | undefined {
    if (this.#varbinds <= 0) return `more than ${maxVarbinds} objects in one session`;
    return this.#milliseconds <= 0 ? `more than ${maxAskingMilliseconds / 1000} seconds in one session` : undefined;
  }

  /**
   * The objects of these OIDs, in this order; undefined where there is none. An agent that refuses the lot is asked for one
   * at a time. The budget is for tables: the few questions of this kind are asked even when it is spent.
   * @throws Failure E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_PROTOCOL, E_CANCELLED
   */
  async get(oids: readonly string[]): Promise<readonly (Varbind | undefined)[]> {
    try {
      const varbinds = await this.#ask<Varbind[]>((answer) => this.#library.get([...oids], answer));
      return varbinds.map((it, i) => (it.oid === oids[i] && !isAbsent(it) ? it : undefined));
    } catch (error) {
      if (!(error instanceof ErrorStatus)) throw error;
      if (oids.length === 1) return [undefined];
      const single: (Varbind | undefined)[] = [];
      for (const oid of oids) single.push(...(await this.get([oid])));
      return single;
    }
  }

  /**
   * What follows each OID, `repetitions` times, one list an OID.
   * @throws Failure as `get`, and E_LIMIT; ErrorStatus
   */
  async following(oids: readonly string[], repetitions: number): Promise<readonly (readonly Varbind[])[]> {
    const remedy = this.exhausted;
    if (remedy !== undefined) throw failure('E_LIMIT', this.place, { remedy });
    if (repetitions > 1)
      return this.#ask<Varbind[][]>((answer) =>
        this.#library.getBulk([...oids], 0, repetitions, (error, lists) =>
          answer(error, lists as Varbind[][] | undefined),
        ),
      );
    const next = await this.#ask<Varbind[]>((answer) => this.#library.getNext([...oids], answer));
    return next.map((it) => [it]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal.removeEventListener('abort', this.#aborted);
    this.#aborted();
    this.#library.close();
  }

  async #ask<T extends readonly unknown[]>(send: (answer: Answer<T>) => void): Promise<T> {
    const { clock, credential, signal } = this.#options;
    const started = clock.monotonic();
    try {
      for (let left = credential.retries; ; left--) {
        try {
          const result = await this.#once(send);
          this.#varbinds -= result.flat().length;
          return result;
        } catch (error) {
          if (left === 0 || !(error instanceof Failure) || error.code !== 'E_TIMEOUT') throw error;
          await clock.sleep(credential.retryInterval * 1000, signal);
        }
      }
    } catch (error) {
      throw signal.aborted ? failure('E_CANCELLED', this.place) : error;
    } finally {
      this.#milliseconds -= clock.monotonic() - started;
    }
  }

  async #once<T>(send: (answer: Answer<T>) => void): Promise<T> {
    const { clock, credential, signal } = this.#options;
    if (signal.aborted || this.#closed) throw failure('E_CANCELLED', this.place);
    let cancel = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#fail = reject;
        cancel = clock.after(credential.timeout * 1000, () => reject(this.#silence()));
        send((error, result) => (result === undefined ? reject(this.#understood(error)) : resolve(result)));
      });
    } finally {
      cancel();
      this.#fail = undefined;
      this.#library.cancelRequests(new Error('settled'));
    }
  }

  #silence(): Failure {
    const remedy = 'check the address, the port and the community name: an agent is silent to a wrong one, too';
    return failure('E_TIMEOUT', this.place, { remedy });
  }

  /** Errors of the library may quote the community name, so all but the socket’s are named by their kind only. */
  #understood(error: Error | null): Error {
    if (error instanceof RequestFailedError) return new ErrorStatus(Number(error.status));
    if (!this.#facade.isOpen) return failure('E_CANCELLED', this.place);
    return error !== null && 'syscall' in error ? asFailure(error, this.place) : failure('E_PROTOCOL', this.place);
  }
}
