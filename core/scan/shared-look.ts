/**
 * Looks of several scans at once: an address that one of them is asking about is not asked again by another, which waits for
 * the same answer. What a scan leaves unanswered, because it was cancelled or takes too long, is asked by those who waited for it.
 */
import type { Address, Clock, Finding, ScanCall, Sighting } from '../contract/index.js';
import { Channel } from './channel.js';

type Look = (addresses: Iterable<Address>, scan: ScanCall) => AsyncIterable<Sighting | Finding>;
type Tell = (sighting: Sighting | undefined) => void;

/** An order for one address does not wait for the end of another's slow sweep of 65,536. */
const patienceMs = 60_000;

/** One look that is under way. */
interface Flight {
  /** What others wait for; undefined tells them that it will not be answered. */
  readonly waiting: Map<Address, Tell[]>;
  readonly findings: Finding[];
}

export class SharedLook {
  readonly #flights = new Map<Address, Flight>();

  constructor(
    private readonly lookOf: Look,
    private readonly clock: Clock,
  ) {}

  /** As `ScanModeParts.look`. */
  async *look(addresses: Iterable<Address>, scan: ScanCall): AsyncGenerator<Sighting | Finding> {
    const wanted = [...addresses];
    const others = wanted.filter((address) => this.#flights.has(address));
    const own = others.length === 0 ? wanted : wanted.filter((address) => !this.#flights.has(address));
    const waiting = this.#waitFor(others, scan.signal);
    if (own.length > 0) yield* this.#fly(own, scan);
    const left: Address[] = [];
    for (const [address, answer] of waiting.answers) {
      const sighting = await answer;
      scan.signal.throwIfAborted();
      if (sighting === undefined) left.push(address);
      else yield { ...sighting, addresses: [address] };
    }
    for (const flight of waiting.flights) yield* flight.findings;
    if (left.length > 0) yield* this.#fly(left, scan);
  }

  /** Looks itself. Others hear each answer at once, however slowly this scan takes its own. */
  async *#fly(addresses: readonly Address[], scan: ScanCall): AsyncGenerator<Sighting | Finding> {
    const flight: Flight = { waiting: new Map(), findings: [] };
    for (const address of addresses) this.#flights.set(address, flight);
    const land = (address: Address, sighting: Sighting | undefined) => {
      for (const tell of flight.waiting.get(address) ?? []) tell(sighting);
      flight.waiting.delete(address);
      if (this.#flights.get(address) === flight) this.#flights.delete(address);
    };
    const landAll = () => {
      for (const address of addresses) land(address, undefined);
    };
    // A mode that does not obey its signal must not hold the others.
    scan.signal.addEventListener('abort', landAll, { once: true });
    // Unbounded: at most one value for each address waits, as in the look itself.
    const out = new Channel<Sighting | Finding>(Number.POSITIVE_INFINITY);
    const source = this.lookOf(addresses, scan)[Symbol.asyncIterator]();
    const read = async () => {
      for (let next = await source.next(); !next.done; next = await source.next()) {
        const it = next.value;
        if ('finding' in it) flight.findings.push(it);
        else for (const address of it.addresses) land(address, it);
        void out.push(it);
      }
    };
    void read().then(
      () => out.end(),
      (error: unknown) => out.end(error),
    );
    try {
      yield* out;
    } finally {
      scan.signal.removeEventListener('abort', landAll);
      landAll();
      await source.return?.();
    }
  }

  #waitFor(addresses: readonly Address[], signal: AbortSignal) {
    const answers = new Map<Address, Promise<Sighting | undefined>>();
    const flights = new Set<Flight>();
    const giveUp: (() => void)[] = [];
    for (const address of addresses) {
      const flight = this.#flights.get(address);
      if (flight === undefined) continue;
      flights.add(flight);
      const answer = new Promise<Sighting | undefined>((resolve) => {
        const tells = flight.waiting.get(address) ?? [];
        flight.waiting.set(address, tells);
        tells.push(resolve);
        giveUp.push(() => resolve(undefined));
      });
      answers.set(address, answer);
    }
    const stop = () => {
      takeBack();
      signal.removeEventListener('abort', stop);
      for (const it of giveUp) it();
    };
    const takeBack = answers.size === 0 ? () => undefined : this.clock.after(patienceMs, stop);
    if (answers.size > 0) {
      signal.addEventListener('abort', stop, { once: true });
      void Promise.all(answers.values()).then(stop);
    }
    return { answers, flights };
  }
}
