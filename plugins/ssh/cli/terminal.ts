/**
 * Terminal output as the text that somebody would read on the screen. Devices colour their prompts, and wipe `--More--` away
 * with backspaces, carriage returns or ECMA-48 sequences before they go on.
 */

/** A sequence that does not end by then is no sequence. */
const maxSequence = 64;

/** Linear; every byte is looked at once. Lines end with `\n`; the last one may be unfinished. */
export function screenText(output: string): string {
  const lines: string[] = [];
  let line: string[] = [];
  let column = 0;
  for (let at = 0; at < output.length; at++) {
    const char = output[at] as string;
    if (char === '\u001b') {
      const end = endOfSequence(output, at);
      // ECMA-48, 8.3.41: erase in line; devices use it on `--More--`.
      if (output[end] === 'K') line.length = output[end - 1] === '2' ? 0 : Math.min(line.length, column);
      // 8.3.18, cursor left: how VRP goes back to the beginning of its `---- More ----`.
      else if (output[end] === 'D')
        column = Math.max(0, column - (Number.parseInt(output.slice(at + 2, end), 10) || 1));
      at = end;
    } else if (char === '\n') {
      lines.push(textOf(line));
      line = [];
      column = 0;
    } else if (char === '\r') column = 0;
    else if (char === '\b') column = Math.max(0, column - 1);
    else if (char >= ' ' || char === '\t') {
      // The bounds of the caller hold: a column is never further right than there were characters.
      while (line.length < column) line.push(' ');
      line[column++] = char;
    }
  }
  lines.push(column === 0 && isBlank(line) ? '' : textOf(line));
  return lines.join('\n');
}

function textOf(line: readonly string[]): string {
  return line.join('').trimEnd();
}

function isBlank(line: readonly string[]): boolean {
  return line.every((char) => char === ' ');
}

/** Index of the last character of the escape sequence that begins at `start` (ECMA-48, 5.4; OSC ends with BEL or ST). */
function endOfSequence(output: string, start: number): number {
  const kind = output[start + 1];
  const limit = Math.min(output.length, start + maxSequence);
  if (kind === '[') {
    for (let at = start + 2; at < limit; at++) {
      const code = output.charCodeAt(at);
      if (code >= 0x40 && code <= 0x7e) return at;
    }
    return start + 1;
  }
  if (kind === ']') {
    for (let at = start + 2; at < limit; at++) {
      if (output[at] === '\u0007') return at;
      if (output[at] === '\u001b' && output[at + 1] === '\\') return at + 1;
    }
  }
  // Two characters, or three for the choice of a character set.
  return kind === '(' || kind === ')' || kind === '#' ? start + 2 : start + 1;
}
