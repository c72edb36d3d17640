/** What the script answered, as the parsers ask for it, and why something is missing. */
import type { Completeness, Missing } from 'ksocket/plugin';
import type { Answers } from '../run.js';
import type { Part } from '../splitter.js';

/** The shell’s "found, but not to be executed", which the script uses for "not permitted", and "not found" (POSIX, 2.8.2). */
const notPermitted = 126;
const notFound = 127;
/** How `timeout` ends: 124 after TERM, 128 + 9 after KILL, and BusyBox with 128 + 15. */
const timedOut = new Set([124, 137, 143]);

export type Parts = ReadonlyMap<string, Part>;

/** What a part printed; '' when there is no such part. */
export function textOf(parts: Parts, name: string): string {
  return parts.get(name)?.text ?? '';
}

/** The same, or undefined, so that a parser can tell "no such tool" from "nothing to say". */
export function answered(parts: Parts, name: string): string | undefined {
  const part = parts.get(name);
  return part?.exit === notFound || part?.text === '' ? undefined : part?.text;
}

/** Whether and why `name` is not all there. A run that stopped before it explains a part that is absent. */
export function stateOf(answers: Answers, name: string): Completeness {
  const part = answers.parts.get(name);
  if (part === undefined) return answers.ending === 'ok' ? 'tool-missing' : answers.ending;
  if (part.exit === undefined) return answers.ending === 'ok' ? 'truncated' : answers.ending;
  if (timedOut.has(part.exit)) return 'timeout';
  if (part.exit === notFound) return 'tool-missing';
  if (part.exit === notPermitted) return 'needs-privilege';
  return 'ok';
}

/** The fields whose parts were cut off or hung; for the rest, their absence says it. */
export function cutShort(answers: Answers, fields: Record<string, readonly string[]>): Missing[] {
  return Object.entries(fields).flatMap(([field, parts]) => {
    for (const part of parts) {
      const state = stateOf(answers, part);
      if (state === 'timeout' || state === 'truncated') return [{ field, state }];
    }
    return [];
  });
}
