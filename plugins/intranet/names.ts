/** Names of addresses by reverse DNS, from the resolver of this machine, which also knows its hosts file. */
import { Resolver } from 'node:dns/promises';
import type { Address, Clock } from 'ksocket/plugin';
import { Gate } from './gate.js';

/** Two seconds hold a slow resolver's answer; a scan must not wait for more. */
const limitMs = 2000;
const mostInFlight = 20;
/** A resolver that was silent so often in a row is taken to be away, and left alone for a while. */
const mostTimeouts = 3;
const restMs = 60_000;
/** Names shown of one address; a hostile zone can list thousands. */
const mostNames = 8;
/** RFC 1035, 2.3.4. */
const longestName = 255;

/** What it needs of a resolver, so that a test can bring its own. */
export type Reverse = Pick<Resolver, 'reverse' | 'cancel'>;

/** What is remembered of the resolver between one look and the next. */
export interface ResolverHealth {
  timeouts: number;
  /** On the monotonic clock. */
  restUntil: number;
}

export const healthy = (): ResolverHealth => ({ timeouts: 0, restUntil: Number.NEGATIVE_INFINITY });

/** The names of one look; `close` it at its end. */
export class Names {
  readonly #gate = new Gate(mostInFlight);
  readonly #resolver: Reverse;

  constructor(
    private readonly clock: Clock,
    private readonly health: ResolverHealth,
    resolver?: Reverse,
  ) {
    this.#resolver = resolver ?? new Resolver({ timeout: limitMs / 2, tries: 2 });
  }

  /** Empty when it has none, or when nobody tells in time. Never throws. */
  async of(address: Address): Promise<{ name: string; source: string }[]> {
    if (this.#away()) return [];
    return this.#gate.through(async () => {
      // Those who waited at the gate while the resolver fell silent need not try.
      if (this.#away()) return [];
      const names = await this.#reverse(address);
      return names
        .filter(isName)
        .slice(0, mostNames)
        .map((name) => ({ name, source: 'dns' }));
    });
  }

  /** Ends what is under way. */
  close(): void {
    this.#resolver.cancel();
  }

  async #reverse(address: Address): Promise<string[]> {
    let cancel: () => void = () => undefined;
    const tooLate = new Promise<'late'>((resolve) => {
      cancel = this.clock.after(limitMs, () => resolve('late'));
    });
    const asked = this.#resolver.reverse(address).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown');
    const answer = await Promise.race([asked, tooLate]);
    cancel();
    // Not found is an answer too. ECONNREFUSED is c-ares' word for "no server can be reached".
    const silent = answer === 'late' || answer === 'ETIMEOUT' || answer === 'ECONNREFUSED';
    this.health.timeouts = silent ? this.health.timeouts + 1 : 0;
    if (this.health.timeouts >= mostTimeouts) this.health.restUntil = this.clock.monotonic() + restMs;
    return typeof answer === 'string' ? [] : answer;
  }

  #away(): boolean {
    return this.clock.monotonic() < this.health.restUntil;
  }
}

/** Whoever owns the zone decides what stands there: only what could be a host's name is taken. */
function isName(name: string): boolean {
  return name.length > 0 && name.length <= longestName && /^[\w.-]+$/.test(name);
}
