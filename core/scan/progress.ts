/**
 * How far a scan is, and how long it will go on. Silent addresses take milliseconds and hosts seconds, so the remaining time is
 * reckoned for each kind of step from its own pace of the last half minute, and not said while a pace is not known.
 */
import type { Clock, Progress } from '../contract/index.js';

const spanMs = 30_000;
const sampleMs = 250;
/** Shorter than this no pace is worth telling. */
const shortestMs = 1000;

/** Steps a second over the last half minute. */
class Tempo {
  readonly #samples: { at: number; done: number }[] = [];

  constructor(private readonly clock: Clock) {}

  note(done: number): void {
    const at = this.clock.monotonic();
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < sampleMs) return;
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > spanMs) this.#samples.shift();
  }

  rate(done: number): number | undefined {
    const first = this.#samples[0];
    const ms = first === undefined ? 0 : this.clock.monotonic() - first.at;
    if (first === undefined || ms < shortestMs || done <= first.done) return undefined;
    return ((done - first.done) * 1000) / ms;
  }
}

export interface Steps {
  /** Addresses answered or given up, of so many. */
  readonly probed: number;
  readonly expected: number;
  readonly alive: number;
  /** Hosts that somebody got into, and of which details came. */
  readonly entered: number;
  readonly collected: number;
  /** Hosts to enter and read, and those through either step, whatever came of it. */
  readonly hosts: number;
  readonly handled: number;
  readonly detailed: number;
}

export class ProgressMeter {
  readonly #probes: Tempo;
  readonly #entries: Tempo;
  readonly #details: Tempo;

  constructor(clock: Clock) {
    this.#probes = new Tempo(clock);
    this.#entries = new Tempo(clock);
    this.#details = new Tempo(clock);
  }

  /** A host weighs as one for entering and one for its details. */
  of(steps: Steps): Progress {
    const { probed, expected, alive, entered, collected, hosts, handled, detailed } = steps;
    this.#probes.note(probed);
    this.#entries.note(handled);
    if (handled === hosts && probed >= expected) this.#details.note(detailed);
    const rate = this.#probes.rate(probed);
    const remainingSeconds = this.#remaining(steps);
    return {
      done: probed + handled + detailed,
      total: Math.max(expected + hosts * 2, 1),
      note: `${probed} of ${expected} addresses looked at, ${alive} alive, ${entered} entered, ${collected} collected`,
      counts: {
        ...{ addresses: probed, expected, alive, hosts, entered, collected },
        ...(rate === undefined ? {} : { addressesPerSecond: Math.round(rate * 10) / 10 }),
      },
      ...(remainingSeconds === undefined ? {} : { remainingSeconds: Math.ceil(remainingSeconds) }),
    };
  }

  /** Steps 3 and 4 go on side by side, step 5 after them; a host's details are taken to last as its entering until it is known. */
  #remaining({ probed, expected, hosts, handled, detailed }: Steps): number | undefined {
    const left = (count: number, rate: number | undefined) =>
      count <= 0 ? 0 : rate === undefined ? undefined : count / rate;
    const entering = this.#entries.rate(handled);
    const look = left(expected - probed, this.#probes.rate(probed));
    const enter = left(hosts - handled, entering);
    const read = left(hosts - detailed, this.#details.rate(detailed) ?? entering);
    if (look === undefined || enter === undefined || read === undefined) return undefined;
    return Math.max(look, enter) + read;
  }
}
