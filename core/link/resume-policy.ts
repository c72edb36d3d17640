/**
 * When to try again and when to give up: the seed's resume settings with the meaning that the protocol gives them. Pure;
 * seconds in, seconds out.
 */
import type { Random } from '../contract/index.js';

/** Exit codes of sysexits.h, so that the service manager can tell them apart. */
export const exitCodes = {
  /** EX_TEMPFAIL: it worked before; start me again. */
  lost: 75,
  /** EX_NOPERM: the space refuses this token or slot; a restart changes nothing. */
  refused: 77,
  /** EX_CONFIG: never connected with this host and token; a restart changes nothing. */
  neverConnected: 78,
} as const;

export interface ResumeSettings {
  readonly resumeRetries: number;
  readonly resumePlateau: number;
  readonly resumeThreshold: number;
}

/** Why a connection or an attempt ended. */
export interface Ended {
  readonly cause: 'peer' | 'local' | 'refused';
  /** Seconds that the space asks us to stay away. */
  readonly retryAfter?: number | undefined;
}

export type Next = { readonly wait: number } | { readonly exit: number };

/** After a link that the peer or the network closed, thousands of agents come back at once; this spreads the first tries. */
const herdSpread = 10;

export class ResumePolicy {
  #failures = 0;
  #worked: boolean;
  /** Steps of the back-off that are passed over: the whole fleet may be coming back with us (docs/decisions/0006). */
  #head = 0;
  /** Seconds that the space asked for before it went away. */
  #askedFor: number | undefined;

  /** @param worked was this host and token ever connected? */
  constructor(
    private readonly settings: ResumeSettings,
    private readonly random: Random,
    worked: boolean,
  ) {
    this.#worked = worked;
  }

  ready(): void {
    this.#worked = true;
    this.#head = 0;
    this.#askedFor = undefined;
  }

  /** A connection that was ready ends after `heldSeconds`. */
  lost(heldSeconds: number, ended: Ended): Next {
    if (heldSeconds >= this.settings.resumeThreshold) this.#failures = 0;
    if (ended.cause !== 'local') this.#head = 1;
    if (ended.retryAfter !== undefined) return this.#asked(ended.retryAfter);
    if (this.#failures > 0) return { wait: this.#backOff() };
    return { wait: this.random.next() * (ended.cause === 'local' ? 1 : herdSpread) };
  }

  /** An attempt fails before it was ready. */
  failed(ended: Ended): Next {
    this.#failures += 1;
    if (this.#failures > this.settings.resumeRetries) {
      if (ended.cause === 'refused') return { exit: exitCodes.refused };
      return { exit: this.#worked ? exitCodes.lost : exitCodes.neverConnected };
    }
    if (ended.retryAfter !== undefined) return this.#asked(ended.retryAfter);
    // Whoever asked for time is in trouble, and may not be back when it was over.
    if (this.#askedFor !== undefined) return this.#spread(Math.min(this.#askedFor, this.settings.resumePlateau));
    return { wait: this.#backOff() };
  }

  /** Consecutive failed attempts, for the log. */
  get failures(): number {
    return this.#failures;
  }

  /** Half fixed, half random: agents that failed together do not come back together. */
  #backOff(): number {
    const full = Math.min(this.settings.resumePlateau, 2 ** Math.min(this.#failures - 1 + this.#head, 30));
    return full / 2 + this.random.next() * (full / 2);
  }

  #asked(retryAfter: number): Next {
    this.#askedFor = retryAfter;
    return this.#spread(retryAfter);
  }

  #spread(seconds: number): Next {
    return { wait: seconds + this.random.next() * seconds };
  }
}
