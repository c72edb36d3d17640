/** The manual's examples as data, and the comparison of what a command prints with what the manual shows. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Example {
  /** Section of the manual, and which of its examples: `2.4.4 running`. */
  readonly section: string;
  readonly exchanges: readonly { readonly command: string; readonly answer: readonly string[] }[];
}

const file = fileURLToPath(new URL('../../../test/transcript/manual.txt', import.meta.url));

export function examples(): Example[] {
  const [, ...sections] = readFileSync(file, 'utf8').split(/^== /m);
  return sections.map((text) => {
    const [section = '', ...lines] = text.split('\n').filter((line) => line !== '');
    const exchanges: { command: string; answer: string[] }[] = [];
    for (const line of lines) {
      if (line.startsWith('% ')) exchanges.push({ command: line.slice(2), answer: [] });
      else exchanges.at(-1)?.answer.push(line);
    }
    return { section, exchanges };
  });
}

/**
 * What differs, or undefined. Lines are compared in their order, all of them, without empty ones.
 * @param answer lines of manual.txt; `~* ` stands for any number of lines of its pattern
 */
export function difference(answer: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').filter((line) => line.trim() !== '');
  let at = 0;
  for (const expected of answer) {
    const pattern = patternOf(expected);
    if (expected.startsWith('~* ')) {
      while (at < lines.length && pattern.test(lines[at] ?? '')) at += 1;
    } else if (pattern.test(lines[at] ?? '')) at += 1;
    else return `line ${at + 1} is ${JSON.stringify(lines[at])}, the manual shows ${JSON.stringify(expected)}`;
  }
  return at === lines.length ? undefined : `line ${at + 1} is ${JSON.stringify(lines[at])}, the manual shows no more`;
}

function patternOf(expected: string): RegExp {
  const given = /^~\*? (.*)$/.exec(expected)?.[1];
  if (given !== undefined) return new RegExp(`^${given}$`);
  const literal = expected
    .trim()
    .replace(/[\\^$*+?.()|[\]{}]/g, '\\$&')
    .replace(/ +(?:\\\.){3,} /g, ' \\.{3,} ')
    .replace(/ +/g, ' +');
  return new RegExp(`^${literal}\\s*$`);
}
