/** Facts between the checks, `Name: value`, their values in one column as in the manual. */
import { printable } from '../printable.js';

export type Fact = readonly [label: string, value: string];

/**
 * Blocks of facts, an empty line between two of them.
 * @param gap spaces behind the longest label; the manual has one in its header and two in its tables
 */
export function renderFacts(blocks: readonly (readonly Fact[])[], gap = 1): string {
  const width = Math.max(...blocks.flat().map(([label]) => label.length)) + 1 + gap;
  const lines = blocks.map((facts) =>
    facts.map(([label, value]) => `${`${label}:`.padEnd(width)}${printable(value)}`.trimEnd()),
  );
  return `${lines.map((block) => block.join('\n')).join('\n\n')}\n`;
}
