/** Which keys a text in known_hosts format has for a place, found without reading all of its lines again. */
import type { KnownKey } from './known-hosts.js';
import { countsEverywhere, isAt, isHashed, linesOf, type Place, placesOf } from './known-hosts-file.js';

export class KnownKeys {
  #text = '';
  readonly #keys = new Map<string, KnownKey[]>();
  /** Entries whose place can only be compared. */
  readonly #hashed: (readonly [place: string, key: KnownKey])[] = [];
  readonly #everywhere: KnownKey[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#read(text);
  }

  get text(): string {
    return this.#text;
  }

  /** Further lines. */
  take(lines: string): void {
    this.#text = joined(this.#text, lines);
    this.#read(lines);
  }

  /** For exactly this place. */
  at(place: Place): KnownKey[] {
    const hashed = this.#hashed.filter(([text]) => isAt(text, place));
    return [...placesOf(place).flatMap((it) => this.#keys.get(it) ?? []), ...hashed.map(([, key]) => key)];
  }

  /** Revoked, whatever the place. */
  get everywhere(): readonly KnownKey[] {
    return this.#everywhere;
  }

  #read(text: string): void {
    if (text === '') return;
    for (const { places, key } of linesOf(text)) {
      if (key === undefined) continue;
      for (const place of places) {
        if (key.revoked && countsEverywhere(place)) this.#everywhere.push(key);
        else if (isHashed(place)) this.#hashed.push([place, key]);
        else {
          const there = this.#keys.get(place);
          if (there === undefined) this.#keys.set(place, [key]);
          else there.push(key);
        }
      }
    }
  }
}

/**
 * The keys that the host may show. Until one is stored for a host behind hops, those of its bare address stand for it: an
 * operator’s known_hosts names no ways. What is revoked for the address is revoked on every way.
 */
export function keysFor(place: Place, sources: readonly KnownKeys[]): readonly KnownKey[] {
  const everywhere = sources.flatMap((it) => it.everywhere);
  const own = sources.flatMap((it) => it.at(place));
  if (place.via.length === 0) return [...own, ...everywhere];
  const bare = sources.flatMap((it) => it.at({ ...place, via: [] }));
  const standsIn = own.some((it) => !it.revoked) ? bare.filter((it) => it.revoked) : bare;
  return [...own, ...standsIn, ...everywhere];
}

/** A file that somebody has edited may end without the end of its last line. */
export const joined = (text: string, lines: string): string =>
  `${text}${text === '' || text.endsWith('\n') || lines === '' ? '' : '\n'}${lines}`;
