/** Who is alive in a network of the bench: a seeded choice, known exactly, as the fewest routes that answer for it. */

export interface Population {
  /** `10.66.0.0/16`. */
  readonly network: string;
  readonly alive: ReadonlySet<string>;
  /** Networks that together are the alive addresses and nothing else. */
  readonly pieces: readonly string[];
  /** The last host address, never alive: on a link it is the asking machine's own. */
  readonly own: string;
  /** Of those asked about, so without the asking machine itself. */
  readonly dead: number;
}

export interface Wanted {
  readonly prefix: 16 | 20 | 24;
  /** How many are alive, or which share of all. */
  readonly alive: { readonly count: number } | { readonly share: number };
  readonly random: () => number;
}

const base = 0x0a420000; // 10.66.0.0
/** A kernel holds 33,000 single routes as well, but to set them takes longer than to sweep them. */
const mostPieces = 3000;

export function populate({ prefix, alive, random }: Wanted): Population {
  const size = 2 ** (32 - prefix);
  const hosts = size - 3;
  const count = 'count' in alive ? alive.count : Math.round(hosts * alive.share);
  const block = count <= mostPieces ? 1 : 16;
  const blocks = shuffled(size / block, random);
  const chosen: number[] = [];
  for (let i = 0; chosen.length < count; i++) {
    for (let offset = 0; offset < block && chosen.length < count; offset++) {
      const host = blocks[i]! * block + offset;
      if (host > 0 && host < size - 2) chosen.push(base + host);
    }
  }
  chosen.sort((a, b) => a - b);
  return {
    network: `${text(base)}/${prefix}`,
    alive: new Set(chosen.map(text)),
    pieces: cover(chosen),
    own: text(base + size - 2),
    dead: hosts - count,
  };
}

/** The part of a population that lies in its first /20, for peers that are too slow for all of it. */
export function firstTwentieth(all: Population): Population {
  const end = base + 2 ** 12;
  const inside = [...all.alive].filter((address) => number(address) < end);
  return { ...all, network: `${text(base)}/20`, alive: new Set(inside), dead: 2 ** 12 - 2 - inside.length };
}

/** mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(count: number, random: () => number): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** The fewest networks that hold exactly these addresses, which are in order. */
function cover(addresses: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < addresses.length; ) {
    let bits = 0;
    const from = addresses[i]!;
    for (let size = 2; from % size === 0 && addresses[i + size - 1] === from + size - 1; size *= 2) bits += 1;
    pieces.push(`${text(from)}/${32 - bits}`);
    i += 2 ** bits;
  }
  return pieces;
}

const text = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
