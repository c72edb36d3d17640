/**
 * A version on trial, seen from inside: it is well when its session is ready within ten minutes of its start. Its word, either
 * way, lies where root reads it before the next start.
 */
import type { Clock } from '../contract/index.js';
import { writeMark } from './asked.js';
import type { Place } from './place.js';
import { readState } from './state.js';

const trialMinutes = 10;

export class TrialWatch {
  #said = false;
  #takeBack: () => void;

  /** @param late called when the time is over; the process should end then, to be judged */
  constructor(
    private readonly place: Place,
    readonly id: string,
    readonly version: string,
    clock: Clock,
    late: () => void,
  ) {
    this.#takeBack = clock.after(trialMinutes * 60_000, () => {
      void this.failed(`not ready within ${trialMinutes} minutes`).then(late, late);
    });
  }

  /** The session is ready. */
  async ready(): Promise<void> {
    await this.#say('ready', '');
  }

  /** Its end, if it was not ready before. */
  async failed(reason: string): Promise<void> {
    await this.#say('failed', reason.slice(0, 1024));
  }

  /** It was ready once; how it ends later is no matter of the trial. */
  get passed(): boolean {
    return this.#said;
  }

  end(): void {
    this.#takeBack();
  }

  async #say(result: 'ready' | 'failed', reason: string): Promise<void> {
    if (this.#said) return;
    this.#said = true;
    try {
      await writeMark(this.place, { id: this.id, result, reason });
    } catch (error) {
      // The disk may be full. Nothing is said: the next session that is ready tries again, and the time still runs.
      this.#said = false;
      throw error;
    }
    this.#takeBack();
  }
}

/** @returns the watch when this very program is the version on trial */
export async function watchTrial(place: Place, clock: Clock, late: () => void): Promise<TrialWatch | undefined> {
  const own = place.own();
  if (own === undefined) return undefined;
  const { trial } = await readState(place.stateFile).catch(() => ({ trial: null }));
  if (trial === null || trial.phase !== 'running' || trial.slot !== own) return undefined;
  return new TrialWatch(place, trial.id, trial.version, clock, late);
}
