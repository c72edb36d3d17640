/** Linux software RAID by /proc/mdstat (md(4)). */
import type { RaidArray } from './block-tree.js';
import { linesOf, present, wholeNumber, wordsOf } from './text.js';

/** The first line of an array may name hundreds of members; a host has few arrays. */
const maxArrays = 256;

/**
 *   md0 : active raid1 sdb1[1] sda1[0](F)
 *         1046528 blocks super 1.2 [2/2] [UU]
 */
export function mdstat(text: string): RaidArray[] {
  const arrays: RaidArray[] = [];
  let current: RaidArray | undefined;
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (/^md[^ ]{0,60} : /.test(line) && arrays.length < maxArrays) {
      const [name = '', , state, ...rest] = words;
      const mode = rest[0]?.startsWith('(') ? rest.shift() : undefined;
      // An inactive array has no level.
      const level = rest[0]?.includes('[') ? undefined : rest.shift();
      const members = rest.map((it) => it.split('[', 1)[0] ?? '').filter((it) => it !== '');
      current = { name, ...present({ level, state: mode ? `${state} ${mode}` : state }), members };
      arrays.push(current);
    } else if (current !== undefined && words[1] === 'blocks') {
      Object.assign(current, present({ sizeKiB: wholeNumber(words[0]), degraded: degraded(words) }));
    } else if (words.length === 0) current = undefined;
  }
  return arrays;
}

/** `[2/1]`: so many members wanted, so many there; RAID 0 has none. */
function degraded(words: readonly string[]): boolean | undefined {
  for (const word of words) {
    const match = /^\[(\d{1,5})\/(\d{1,5})\]$/.exec(word);
    if (match) return Number(match[2]) < Number(match[1]);
  }
  return undefined;
}
