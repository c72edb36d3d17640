/** Names by reverse DNS, from the resolver of this machine, which also knows its hosts file. */
import { Resolver } from 'node:dns/promises';
import type { Address, Clock } from 'ksocket/plugin';
import { Gate } from '../gate.js';
import { within } from '../promised.js';

/** Two seconds hold a slow resolver's answer; a scan must not wait for more. */
const limitMs = 2000;
const mostInFlight = 20;
/** A resolver that was silent so often in a row is taken to be away, and left alone for a while. */
const mostTimeouts = 3;
const restMs = 60_000;

/** What it needs of a resolver, so that a test can bring its own. */
export type Reverse = Pick<Resolver, 'reverse' | 'cancel'>;

/** What is remembered of the resolver between one look and the next. */
export interface ResolverHealth {
  timeouts: number;
  /** On the monotonic clock. */
  restUntil: number;
}

export const healthy = (): ResolverHealth => ({ timeouts: 0, restUntil: Number.NEGATIVE_INFINITY });

/** The reverse look-ups of one look; `close` it at its end. */
export class ReverseDns {
  readonly #gate = new Gate(mostInFlight);
  readonly #resolver: Reverse;

  constructor(
    private readonly clock: Clock,
    private readonly health: ResolverHealth,
    private readonly signal: AbortSignal,
    resolver?: Reverse,
  ) {
    this.#resolver = resolver ?? new Resolver({ timeout: limitMs / 2, tries: 2 });
  }

  /** Empty when it has none, or when nobody tells in time. @throws the reason of the signal */
  async of(address: Address): Promise<string[]> {
    if (this.#away()) return [];
    // Those who waited at the gate while the resolver fell silent need not try.
    return this.#gate.through(async () => (this.#away() ? [] : this.#reverse(address)));
  }

  /** Ends what is under way. */
  close(): void {
    this.#resolver.cancel();
  }

  async #reverse(address: Address): Promise<string[]> {
    const asked = this.#resolver.reverse(address).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown');
    const answer = await within<string[] | string>(this.clock, limitMs, this.signal, asked);
    // Not found is an answer too. ECONNREFUSED is c-ares' word for "no server can be reached".
    const silent = answer === undefined || answer === 'ETIMEOUT' || answer === 'ECONNREFUSED';
    this.health.timeouts = silent ? this.health.timeouts + 1 : 0;
    if (this.health.timeouts >= mostTimeouts) this.health.restUntil = this.clock.monotonic() + restMs;
    return Array.isArray(answer) ? answer : [];
  }

  #away(): boolean {
    return this.clock.monotonic() < this.health.restUntil;
  }
}
