/** One at a time, in the order of arrival; whoever waits looks again each time somebody is through. */
import { failure } from '../../contract/index.js';

export class Lane {
  #taken = false;
  #wake: (() => void)[] = [];

  get isIdle(): boolean {
    return !this.#taken && this.#wake.length === 0;
  }

  get isTaken(): boolean {
    return this.#taken;
  }

  /** @returns whether it is the caller's now */
  take(): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    return true;
  }

  free(): void {
    this.#taken = false;
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Until somebody is through. @throws Failure E_CANCELLED, or the signal's reason */
  wait(signal: AbortSignal, place: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#wake = this.#wake.filter((it) => it !== wake);
        reject(signal.reason ?? failure('E_CANCELLED', place));
      };
      const wake = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      this.#wake.push(wake);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
  }
}
