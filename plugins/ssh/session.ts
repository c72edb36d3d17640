/** Somebody who got in, remotely or on the own host: what the script says, in the terms of the contract. */
import type { Duplex } from 'node:stream';
import { type Address, type Clock, failure, type Neighbour, type Section, type Session } from 'ksocket/plugin';
import { within } from './limit.js';
import type { Login } from './login.js';
import { hostPort } from './login-failures.js';
import { neighboursOf } from './report/neighbours.js';
import { sectionsOf } from './report/sections.js';
import type { Run } from './run.js';

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

  close(): void {
    this.#run.stop();
  }
}

export class SshSession extends ScriptSession {
  readonly #login: Login;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #aborted: () => void;

  constructor(login: Login, run: Run, clock: Clock, signal: AbortSignal) {
    super(run, () => [...login.hostKeys]);
    this.#login = login;
    this.#clock = clock;
    this.#signal = signal;
    this.#aborted = () => {
      super.close();
      login.destroy();
    };
    signal.addEventListener('abort', this.#aborted, { once: true });
    if (signal.aborted) this.#aborted();
  }

  /** @throws Failure E_TUNNEL, E_TIMEOUT, E_RESET */
  forward(address: Address, port: number): Promise<Duplex> {
    const login = this.#login;
    const place = `connect to ${hostPort(address, port)} through the host of "${login.place}"`;
    const opening = new Promise<Duplex>((resolve, reject) => {
      try {
        // RFC 4254, 7.2: the originator is information only; the loopback address says nothing about the agent’s network.
        login.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
          if (error) reject(tunnelFailure(error, place));
          else resolve(channel);
        });
      } catch (error) {
        reject(failure('E_TUNNEL', place, { cause: error }));
      }
    });
    const limit = { clock: this.#clock, signal: this.#signal, ms: forwardMs, place };
    return within(limit, opening, (late) => late.destroy());
  }

  override close(): void {
    super.close();
    this.#signal.removeEventListener('abort', this.#aborted);
    this.#login.end();
  }
}

/** RFC 4254, 5.1: 1 administratively prohibited, 2 connect failed. What lies behind a failed connect is the target’s own state. */
function tunnelFailure(error: Error & { reason?: unknown }, place: string) {
  if (error.reason === 2) return failure('E_UNREACHABLE', place, { cause: error });
  return failure('E_TUNNEL', place, {
    cause: error,
    remedy: error.reason === 1 ? 'the hop must permit it: AllowTcpForwarding in its sshd_config' : undefined,
  });
}
