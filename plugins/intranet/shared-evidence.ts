/** Most hosts of a big sweep are silent in the same ways: they share one list for each such way, instead of 65,536 that are equal. */
import type { Evidence } from 'ksocket/plugin';

export class SharedEvidence {
  /** From a list to those that are one word longer. */
  readonly #longer = new WeakMap<readonly Evidence[], Map<string, readonly Evidence[]>>();

  /** The list with this word of this probe behind it, once. Never changed: whoever has the same list has the same result. */
  with(list: readonly Evidence[], probe: string, answer: string): readonly Evidence[] {
    if (list.some((it) => it.probe === probe && it.answer === answer)) return list;
    const next = this.#longer.get(list) ?? new Map<string, readonly Evidence[]>();
    const key = `${probe} ${answer}`;
    const known = next.get(key) ?? [...list, { probe, answer }];
    next.set(key, known);
    this.#longer.set(list, next);
    return known;
  }
}
