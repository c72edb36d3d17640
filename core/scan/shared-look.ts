/**
 * Looks of several scans at once: an address that one of them is asking about is not asked again by another, which waits for
 * the same answer. What a scan leaves unanswered, because it was cancelled, is asked by those who waited for it.
 */
import type { Address, Finding, ScanCall, Sighting } from '../contract/index.js';

type Look = (addresses: Iterable<Address>, scan: ScanCall) => AsyncIterable<Sighting | Finding>;

/** One look that is under way. */
interface Flight {
  /** What others wait for; undefined tells them that it will not be answered. */
  readonly waiting: Map<Address, ((sighting: Sighting | undefined) => void)[]>;
}

export class SharedLook {
  readonly #flights = new Map<Address, Flight>();

  constructor(private readonly lookOf: Look) {}

  /** As `ScanModeParts.look`. */
  async *look(addresses: Iterable<Address>, scan: ScanCall): AsyncGenerator<Sighting | Finding> {
    let wanted = [...addresses];
    while (wanted.length > 0) {
      const own = wanted.filter((address) => !this.#flights.has(address));
      const others = wanted.length === own.length ? [] : wanted.filter((address) => this.#flights.has(address));
      const foreign = this.#waitFor(others, scan.signal);
      if (own.length > 0) yield* this.#fly(own, scan);
      wanted = [];
      for (const [address, answer] of foreign) {
        const sighting = await answer;
        scan.signal.throwIfAborted();
        if (sighting === undefined) wanted.push(address);
        else yield { ...sighting, addresses: [address] };
      }
    }
  }

  async *#fly(addresses: readonly Address[], scan: ScanCall): AsyncGenerator<Sighting | Finding> {
    const flight: Flight = { waiting: new Map() };
    for (const address of addresses) this.#flights.set(address, flight);
    const land = (address: Address, sighting: Sighting | undefined) => {
      if (this.#flights.get(address) !== flight) return;
      this.#flights.delete(address);
      for (const tell of flight.waiting.get(address) ?? []) tell(sighting);
      flight.waiting.delete(address);
    };
    try {
      for await (const it of this.lookOf(addresses, scan)) {
        if (!('finding' in it)) for (const address of it.addresses) land(address, it);
        yield it;
      }
    } finally {
      for (const address of addresses) land(address, undefined);
    }
  }

  #waitFor(addresses: readonly Address[], signal: AbortSignal): Map<Address, Promise<Sighting | undefined>> {
    const answers = new Map<Address, Promise<Sighting | undefined>>();
    if (addresses.length === 0) return answers;
    const stop: (() => void)[] = [];
    signal.addEventListener(
      'abort',
      () => {
        for (const it of stop) it();
      },
      { once: true },
    );
    for (const address of addresses) {
      const flight = this.#flights.get(address);
      if (flight === undefined) continue;
      const answer = new Promise<Sighting | undefined>((resolve) => {
        const tells = flight.waiting.get(address) ?? [];
        flight.waiting.set(address, tells);
        tells.push(resolve);
        stop.push(() => resolve(undefined));
      });
      answers.set(address, answer);
    }
    return answers;
  }
}
