/**
 * How fast packets leave: a token bucket whose rate rises while nothing is lost and falls when something is. Its parent, when
 * there is one, bounds several of them together.
 */
import type { Clock } from 'ksocket/plugin';
import { Gate } from './gate.js';
import { TokenBucket } from './token-bucket.js';

/** Milliseconds after which the rate is judged: long enough for 100 packets at the starting rate. */
const window = 100;
/** Tokens that may gather, in milliseconds of the rate: a timer of Node comes one or two milliseconds late, a busy loop 20. */
const burstMs = 20;
/** Until the first trouble it doubles, as TCP does (RFC 5681, 3.1); then it rises by steps. */
const riseAtFirst = 2;
const rise = 1.25;
const fallOnLoss = 0.8;
/** A way that always loses some is no faster for a slower sweep; what a too fast one loses is more than this part. */
const toleratedLoss = 0.1;
const fewestLosses = 3;
/** Milliseconds after which an answer counts half. */
const halfLife = 1000;
/** Losses alone do not slow it below a tenth of where it began. */
const slowestByLoss = 0.1;
const fallOnShortage = 0.5;
/** Below this a sweep would look stuck. */
const slowest = 10;

export class Pace {
  #rate: number;
  #cap: number;
  readonly #bucket: TokenBucket;
  #windowAt: number;
  #spent = 0;
  #troubled = false;
  #isFirstRise = true;
  /** Answers of the last while, and those of them that came only to a later question. */
  #answers = 0;
  #losses = 0;
  #answeredAt: number;
  readonly #line = new Gate(1);

  constructor(
    private readonly clock: Clock,
    /** Packets a second: where it starts and what it never exceeds. */
    private readonly bounds: { readonly start: number; readonly cap: number },
    private readonly parent?: Pace,
  ) {
    this.#rate = Math.min(bounds.start, bounds.cap);
    this.#cap = bounds.cap;
    this.#bucket = new TokenBucket(clock, limitsOf(this.#rate), 1);
    this.#windowAt = this.#answeredAt = clock.monotonic();
  }

  get rate(): number {
    return this.#rate;
  }

  /** May this many packets leave together now? */
  take(packets = 1): boolean {
    this.#judge();
    if (!this.#bucket.take(packets)) return false;
    if (this.parent?.take(packets) === false) {
      this.#bucket.giveBack(packets);
      return false;
    }
    this.#spent += packets;
    return true;
  }

  /** Packets that were taken and did not leave. */
  giveBack(packets: number): void {
    this.#bucket.giveBack(packets);
    this.#spent -= packets;
    this.parent?.giveBack(packets);
  }

  /** Milliseconds until the next may leave. */
  waitMs(): number {
    return Math.max(this.#bucket.waitMs(), this.parent?.waitMs() ?? 0);
  }

  /** Takes one as soon as there is one, in the order of the callers. @throws the reason of the signal */
  turn(signal: AbortSignal): Promise<void> {
    return this.#line.through(async () => {
      signal.throwIfAborted();
      while (!this.take()) await this.clock.sleep(Math.max(1, this.waitMs()), signal);
    });
  }

  /** @param isLate it came only to a later question: the first, or its answer, was lost */
  answered(isLate: boolean): void {
    const now = this.clock.monotonic();
    const faded = 0.5 ** ((now - this.#answeredAt) / halfLife);
    this.#answeredAt = now;
    this.#answers = this.#answers * faded + 1;
    this.#losses = this.#losses * faded + (isLate ? 1 : 0);
    if (!isLate || this.#losses < fewestLosses || this.#losses < this.#answers * toleratedLoss) return;
    this.#slow(fallOnLoss, this.bounds.start * slowestByLoss);
    // The new rate is judged by what comes at it.
    this.#answers = this.#losses = 0;
  }

  /** From now on at most half as fast as now. */
  halve(): void {
    this.#cap = Math.max(Math.min(slowest, this.bounds.cap), this.#rate / 2);
    this.#setRate(this.#cap);
  }

  /** The end of that. */
  restore(): void {
    this.#cap = this.bounds.cap;
  }

  /** This machine had no buffer or descriptor for a packet. */
  localShortage(): void {
    this.#slow(fallOnShortage, slowest);
  }

  /** Once a window, so that one burst of trouble counts once. */
  #slow(factor: number, floor: number): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#isFirstRise = false;
    this.#setRate(Math.max(Math.min(floor, this.bounds.cap), this.#rate * factor));
  }

  #setRate(rate: number): void {
    this.#rate = rate;
    this.#bucket.limits = limitsOf(rate);
  }

  /** At the end of a window: was it too little, too much, or right? */
  #judge(): void {
    const now = this.clock.monotonic();
    const elapsed = now - this.#windowAt;
    if (elapsed < window) return;
    // It rises only while the rate is what holds the sweep back.
    const wanted = this.#spent >= (0.7 * this.#rate * elapsed) / 1000;
    if (wanted && !this.#troubled)
      this.#setRate(Math.min(this.#cap, this.#rate * (this.#isFirstRise ? riseAtFirst : rise)));
    this.#windowAt = now;
    this.#spent = 0;
    this.#troubled = false;
  }
}

const limitsOf = (rate: number) => ({ rate, most: Math.max(1, (rate * burstMs) / 1000) });
