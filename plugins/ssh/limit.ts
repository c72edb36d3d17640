/** One rule for everything that waits for a peer: it ends by itself, by its time limit, or by the call’s signal. */
import { type Clock, Failure, failure } from 'ksocket/plugin';

export interface Limit {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly ms: number;
  /** Verb and place, for the failure. */
  readonly place: string;
  /** What helps where time was too short. */
  readonly remedy?: string;
  /** Time that is not the peer’s. */
  readonly pauses?: Pauses;
}

/** Time for which a limit does not run. */
export class Pauses {
  #open = 0;
  /** Hears when the first pause begins and the last one ends. */
  changed: (paused: boolean) => void = () => undefined;

  async during<T>(work: Promise<T>): Promise<T> {
    this.#open += 1;
    if (this.#open === 1) this.changed(true);
    try {
      return await work;
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.changed(false);
    }
  }
}

/** The signal’s reason as a Failure. */
export function cancelled(signal: AbortSignal, place: string): Failure {
  return signal.reason instanceof Failure ? signal.reason : failure('E_CANCELLED', place, { cause: signal.reason });
}

/**
 * The result of `work`, unless the limit comes first. What arrives after that is given to `late`, which frees it.
 * @throws Failure E_TIMEOUT, or the signal’s reason
 */
export function within<T>(limit: Limit, work: Promise<T>, late?: (value: T) => void): Promise<T> {
  const { clock, signal, ms, place, remedy, pauses } = limit;
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const end = (settle: () => void) => {
      if (over) return;
      over = true;
      takeBack();
      signal.removeEventListener('abort', aborted);
      settle();
    };
    const aborted = () => end(() => reject(cancelled(signal, place)));
    const tooLate = () => end(() => reject(failure('E_TIMEOUT', place, { remedy })));
    let [left, began] = [ms, clock.monotonic()];
    let takeBack = clock.after(left, tooLate);
    if (pauses !== undefined)
      pauses.changed = (paused) => {
        takeBack();
        if (paused) left = Math.max(0, left - (clock.monotonic() - began));
        else if (!over) [began, takeBack] = [clock.monotonic(), clock.after(left, tooLate)];
      };
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    work.then(
      (value) => (over ? late?.(value) : end(() => resolve(value))),
      (error) => end(() => reject(error)),
    );
  });
}
