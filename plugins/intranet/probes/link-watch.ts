/** Notices that a link is gone: a vanished interface raises no error, and silence on it would prove nothing. */
import type { Clock, Logger } from 'ksocket/plugin';
import { linkState } from '../system/interfaces.js';

const watchMs = 100;

export class LinkWatch {
  #trouble: string | undefined;
  #lookedAt: number;
  #cancel: () => void;

  constructor(private readonly scene: { readonly interface: string; readonly clock: Clock; readonly log: Logger }) {
    this.#lookedAt = scene.clock.monotonic();
    const again = () => {
      this.look();
      this.#cancel = scene.clock.after(watchMs, again);
    };
    this.#cancel = scene.clock.after(watchMs, again);
  }

  /** `interface-gone` or `interface-down`, once that was seen. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Looks now. */
  look(): string | undefined {
    if (this.#trouble !== undefined) return this.#trouble;
    const { clock, log, interface: name } = this.scene;
    this.#lookedAt = clock.monotonic();
    const state = linkState(name);
    if (state === 'up') return undefined;
    this.#trouble = `interface-${state}`;
    log.warn('the interface was lost during the sweep; its addresses stay unknown', { interface: name, state });
    return this.#trouble;
  }

  /** The word for an answer that did not come. Each look reads files of the kernel: not once for each of 65,536 addresses. */
  silence(): string {
    const fresh = this.scene.clock.monotonic() - this.#lookedAt < watchMs / 2;
    return (fresh ? this.#trouble : this.look()) ?? 'silent';
  }

  close(): void {
    this.#cancel();
  }
}
