/** Somebody who got in, remotely or on the own host: what the script says, in the terms of the contract. */
import type { Duplex } from 'node:stream';
import {
  type Address,
  type Clock,
  type Failure,
  failure,
  type Neighbour,
  type Section,
  type Session,
} from 'ksocket/plugin';
import { openChannel } from './channel.js';
import { isDevice } from './cli/dialects.js';
import type { Login } from './login.js';
import { hostPort } from './login-failures.js';
import { neighboursOf } from './report/neighbours.js';
import { nothingSaid, sectionsOf } from './report/sections.js';
import type { Run } from './run.js';
import { type Told, withoutShell } from './without-shell.js';

/** A hop answers at once whether it can connect; its own connect may take its kernel’s time. */
const forwardMs = 30_000;

/** The parts of a session that both transports share. */
export class ScriptSession implements Session {
  readonly #run: Run;
  readonly #hostKeys: () => readonly string[];

  constructor(run: Run, hostKeys: () => readonly string[]) {
    this.#run = run;
    this.#hostKeys = hostKeys;
  }

  async *neighbours(): AsyncIterable<Neighbour> {
    yield* neighboursOf((await this.#run.network()).parts);
  }

  async *inspect(): AsyncIterable<Section> {
    yield* sectionsOf(await this.#run.all(), this.#hostKeys());
  }

  async *remains(): AsyncIterable<Section> {
    const answers = this.#run.remains();
    if (answers !== undefined) yield* sectionsOf(answers, this.#hostKeys());
  }

  close(): void {
    this.#run.stop();
  }
}

export interface SshSessionParts {
  readonly login: Login;
  readonly run: Run;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The same login once more, for a device that hangs up. @throws Failure of login */
  again(signal: AbortSignal): Promise<Login>;
}

export class SshSession extends ScriptSession {
  readonly #with: SshSessionParts;
  readonly #login: Login;
  readonly #closed = new AbortController();
  readonly #aborted: () => void;
  #told: Promise<Told | undefined> | undefined;

  constructor(parts: SshSessionParts) {
    const { login, run, signal } = parts;
    super(run, () => [...login.hostKeys]);
    this.#with = parts;
    this.#login = login;
    this.#aborted = () => {
      super.close();
      this.#closed.abort(signal.reason);
      login.destroy();
    };
    signal.addEventListener('abort', this.#aborted, { once: true });
    if (signal.aborted) this.#aborted();
  }

  override async *neighbours(): AsyncIterable<Neighbour> {
    const told = await this.#otherwise();
    if (told) yield* told.neighbours;
    else if (!isDevice(this.#login.identification)) yield* super.neighbours();
  }

  override async *inspect(): AsyncIterable<Section> {
    const told = await this.#otherwise();
    if (told) yield* told.sections;
    else if (isDevice(this.#login.identification)) yield* nothingSaid('unsupported', [...this.#login.hostKeys]);
    else yield* super.inspect();
  }

  /** What a host without a shell tells in another way; undefined where the script speaks. Asked once. */
  #otherwise(): Promise<Told | undefined> {
    this.#told ??= (async () => {
      const { run, clock, again } = this.#with;
      const login = this.#login;
      if (!isDevice(login.identification) && (await run.isShell())) return undefined;
      const { signal } = this.#closed;
      return withoutShell(login, { clock, signal, place: `inspect after ${login.place}`, again: () => again(signal) });
    })();
    return this.#told;
  }

  /**
   * Whoever speaks through it hears from an error which hop was lost, where one is: the end of a stream says only that there is no more.
   * @throws Failure E_TUNNEL, E_UNREACHABLE, E_TIMEOUT, E_RESET
   */
  async forward(address: Address, port: number): Promise<Duplex> {
    const login = this.#login;
    const { clock, signal } = this.#with;
    const place = `connect to ${hostPort(address, port)} through the host of "${login.place}"`;
    const refused = (error: Error) => tunnelFailure(error, place);
    const lost = (why: Failure) => hopLost(login.host.address, why);
    const opening = openChannel(login, { clock, signal, ms: forwardMs, place, refused }, (opened) =>
      // RFC 4254, 7.2: the originator is information only; the loopback address says nothing about the agent’s network.
      login.client.forwardOut('127.0.0.1', 0, address, port, opened),
    );
    const channel = await opening.catch((error: Failure) => {
      throw login.isOpen() || error.code === 'E_CANCELLED' ? error : lost(error);
    });
    const takeBack = login.whenLost((why) => {
      if (channel.listenerCount('error') > 0) channel.emit('error', lost(why));
    });
    return channel.once('close', takeBack);
  }

  override close(): void {
    super.close();
    this.#with.signal.removeEventListener('abort', this.#aborted);
    this.#closed.abort(failure('E_CANCELLED', `inspect after ${this.#login.place}`));
    this.#login.end();
  }
}

/** Named once, by the hop that was lost itself: those behind it are lost by the same failure. */
function hopLost(address: Address, why: Failure): Failure {
  if (why.code === 'E_TUNNEL') return why;
  return failure('E_TUNNEL', `hop ${address}: ${why.message}`, { cause: why, remedy: why.remedy });
}

/** RFC 4254, 5.1: 1 administratively prohibited, 2 connect failed. What lies behind a failed connect is the target’s own state. */
function tunnelFailure(error: Error & { reason?: unknown }, place: string) {
  if (error.reason === 2) return failure('E_UNREACHABLE', place, { cause: error });
  return failure('E_TUNNEL', place, {
    cause: error,
    remedy: error.reason === 1 ? 'the hop must permit it: AllowTcpForwarding in its sshd_config' : undefined,
  });
}
