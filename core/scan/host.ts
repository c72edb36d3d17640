/** One host that is alive: entered by whoever gets in (step 4), held until its turn, then read to the end (step 5). */
import { type Address, asFailure, type Neighbour, type Sighting, type Target } from '../contract/index.js';
import type { Outcome, ScanRecordOf } from '../wire/index.js';
import type { Entered } from './door.js';
import { type EntranceParts, enter, reasonOf } from './entrance.js';
import { type InspectionParts, inspect, inspectRemains } from './inspection.js';
import { limited } from './limits.js';
import type { Origin } from './report.js';
import type { Turns } from './turns.js';

export interface HostParts extends EntranceParts {
  readonly turns: Turns;
  /** A neighbour that the host at `by` knows. */
  heard(neighbour: Neighbour, by: Address): void;
  /** Whether one more session may stay open until step 5. */
  mayHold(): boolean;
  emit(record: ScanRecordOf<'section'>): Promise<void>;
  /** Something that the host manages. */
  managed(sighting: Sighting, origin: Origin): Promise<void>;
}

/** Asking a host for its neighbours is cheap; a table that takes longer is left for step 5. */
const neighbourSeconds = 60;
/** More than any ARP table holds; a host that names more is not believed further. */
const maxNeighbours = 65_536;

/** How a session ends that nobody has used for a while: by its host, or by a hop before it. */
const diesHeld: ReadonlySet<string | undefined> = new Set(['E_RESET', 'E_TUNNEL']);

export class Host {
  readonly #entered: Entered[] = [];
  readonly #attempts: Outcome[] = [];
  #begun = false;

  constructor(
    private readonly parts: HostParts,
    private readonly target: Target,
  ) {}

  get address(): Address {
    return this.target.address;
  }

  /** A part of its details may have been said. */
  get isBegun(): boolean {
    return this.#begun;
  }

  /** Step 4: every collector that gets in is asked for neighbours. True when anyone got in. */
  async enter(signal: AbortSignal): Promise<boolean> {
    for (const ready of this.parts.collectors) {
      if (signal.aborted) break;
      const { entered, outcome } = await enter(this.parts, ready, this.target, signal);
      this.#attempts.push(outcome);
      if (entered === undefined) continue;
      this.#entered.push(entered);
      await this.#neighbours(entered, signal);
      if (entered.open && !this.parts.mayHold()) await entered.close();
    }
    return this.#entered.length > 0;
  }

  /** Step 5: what every collector came to. */
  async details(signal: AbortSignal): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    this.#begun = true;
    for (const attempt of this.#attempts) {
      const entered = this.#entered.find((e) => e.ready.collector.name === attempt.collector);
      outcomes.push(entered === undefined || signal.aborted ? attempt : await this.#inspect(entered, attempt, signal));
    }
    return outcomes;
  }

  /** Ends the sessions that are still open. */
  async close(): Promise<void> {
    await Promise.all(this.#entered.map((e) => e.close()));
  }

  async #neighbours(entered: Entered, signal: AbortSignal): Promise<void> {
    const place = `neighbours of ${this.address} by ${entered.ready.collector.name}`;
    let ended = false;
    const read = async (inner: AbortSignal): Promise<void> => {
      let count = 0;
      try {
        for await (const neighbour of entered.session.neighbours()) {
          count += 1;
          if (inner.aborted || count > maxNeighbours) return;
          this.parts.heard(neighbour, this.address);
        }
      } finally {
        ended = true;
      }
    };
    try {
      await limited(this.parts, signal, place, read, undefined, neighbourSeconds);
    } catch (error) {
      this.parts.log.info(asFailure(error, place).message);
    }
    // A session does one thing at a time, and this one is still at it: step 5 opens another.
    if (!ended) await entered.close();
  }

  async #inspect(held: Entered, attempt: Outcome, signal: AbortSignal): Promise<Outcome> {
    const { collector } = attempt;
    const parts: InspectionParts = {
      clock: this.parts.clock,
      turns: this.parts.turns,
      emit: (record) => this.parts.emit(record),
      sighted: (sighting) =>
        this.parts.managed(sighting, { source: `${collector} of ${this.address}`, collector, by: this.address }),
    };
    let entered = held;
    const remains = (of: Entered, failed: Outcome) => inspectRemains(parts, this.address, of, failed, signal);
    try {
      if (!held.open) entered = await held.again(signal);
      const result = await inspect(parts, this.address, entered, attempt, signal);
      const diedHeld = entered === held && result.result === 'failed' && diesHeld.has(result.code);
      if (!diedHeld || signal.aborted) return await remains(entered, result);
      // The host has ended a session that waited for its turn (TMOUT, ClientAliveInterval): not a fault of the host.
      await held.close();
      entered = await held.again(signal);
      const second = await remains(entered, await inspect(parts, this.address, entered, attempt, signal));
      return await remains(held, second);
    } catch (error) {
      const why = reasonOf(asFailure(error, `${collector} at ${this.address}`));
      return await remains(held, { ...attempt, result: 'failed', ...why });
    } finally {
      await entered.close();
    }
  }
}
