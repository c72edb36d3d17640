/** A token bucket: so many a second on the mean, and so many at once after a pause. */
import type { Clock } from 'ksocket/plugin';

export class TokenBucket {
  #tokens: number;
  #at: number;

  /** @param tokens those that are in it at the beginning; full without a number */
  constructor(
    private readonly clock: Clock,
    /** Tokens a second, and how many may gather. May change; what has gathered stays. */
    public limits: { readonly rate: number; readonly most: number },
    tokens = limits.most,
  ) {
    this.#tokens = tokens;
    this.#at = clock.monotonic();
  }

  /** Is there one? Several may be taken then, which puts the bucket in debt, so that the mean stays right. */
  take(tokens = 1): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= tokens;
    return true;
  }

  /** What was taken and not used. */
  giveBack(tokens: number): void {
    this.#tokens += tokens;
  }

  /** Milliseconds until there is one. */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) * 1000) / this.limits.rate;
  }

  #refill(): void {
    const now = this.clock.monotonic();
    const { rate, most } = this.limits;
    this.#tokens = Math.min(most, this.#tokens + ((now - this.#at) * rate) / 1000);
    this.#at = now;
  }
}
