/** A process that can be killed with -9: after its death nothing of it has any effect, whatever still runs in this one. */
import type { Clock } from '../../core/contract/index.js';

export class Killed extends Error {
  override readonly name = 'Killed';
}

export class Mortal {
  #alive = true;
  #countdown: { left: number; after: boolean } | undefined;

  /** @param died what the world does about it: cut the links, forget what was not synced */
  constructor(private readonly died: () => void) {}

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#countdown = undefined;
    this.died();
  }

  /** Dies at the `steps`-th step from now, before it has its effect or just after. */
  doom(steps: number, after: boolean): void {
    this.#countdown = { left: steps, after };
  }

  /** Takes a doom back. */
  spare(): void {
    this.#countdown = undefined;
  }

  /** One step that has an effect outside memory. @throws Killed when this process is dead, or dies here. */
  step<T>(work: () => T): T {
    if (!this.#alive) throw new Killed();
    const doomed = this.#countdown !== undefined && --this.#countdown.left <= 0 ? this.#countdown : undefined;
    if (doomed !== undefined && !doomed.after) {
      this.kill();
      throw new Killed();
    }
    const result = work();
    if (doomed !== undefined) {
      this.kill();
      throw new Killed();
    }
    return result;
  }

  /** The same where a dead process must not even throw: nothing happens. */
  quietly(work: () => void): void {
    try {
      if (this.#alive) this.step(work);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }

  /** Its timers die with it, and so does whatever one of them was doing. */
  clock(clock: Clock): Clock {
    const guarded = (run: () => void) => () => {
      try {
        if (this.#alive) run();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
    };
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (ms, run) => clock.after(ms, guarded(run)),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          clock.sleep(ms, signal).then(
            () => this.#alive && resolve(),
            (error: unknown) => this.#alive && reject(error),
          );
        }),
    };
  }
}
