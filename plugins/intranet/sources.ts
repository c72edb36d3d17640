/**
 * From where each address of a lane is asked, as it was found when the address was taken in: nobody looks it up again for a
 * packet. Nearly all addresses of a lane have the same source, so only the others take memory.
 */
import type { Address } from 'ksocket/plugin';

export class Sources<T> {
  #usual: { readonly source: T } | undefined;
  readonly #others = new Map<Address, T>();

  remember(address: Address, source: T): void {
    this.#usual ??= { source };
    if (source !== this.#usual.source) this.#others.set(address, source);
  }

  of(address: Address): T | undefined {
    return this.#others.get(address) ?? this.#usual?.source;
  }
}
