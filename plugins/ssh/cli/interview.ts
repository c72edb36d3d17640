/** Asks a device through its own command line who it is: first which family it belongs to, then that family’s questions. */
import type { Clock, Completeness } from 'ksocket/plugin';
import type { Shell } from '../run.js';
import { type Dialect, probes, type Subject } from './dialects.js';
import { Dialogue } from './dialogue.js';
import { added, type Facts } from './facts.js';
import { isRefusal } from './prompt.js';

/** More questions than one to find out the family, and it is not one that this plug-in knows. */
const maxProbes = 2;

export interface Interview {
  readonly dialect: Dialect;
  readonly facts: Facts;
  /** Subjects of which a question stayed unanswered, and why. */
  readonly unanswered: ReadonlyMap<Subject, Completeness>;
}

export interface InterviewParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly place: string;
  /** An interactive shell on a terminal (RFC 4254, 6.2 and 6.5). @throws Failure E_UNSUPPORTED, E_RESET */
  start(): Promise<Shell>;
}

/**
 * @returns undefined where no prompt comes that is known, or nobody behind it who is: nothing more than a question about the
 * version was typed then
 * @throws Failure E_CANCELLED, E_RESET, E_UNSUPPORTED
 */
export async function interview(parts: InterviewParts): Promise<Interview | undefined> {
  const shell = await parts.start();
  const dialogue = new Dialogue(shell, parts);
  try {
    const prompt = await dialogue.greet();
    if (prompt === undefined) return undefined;
    for (const [command, family] of probes(prompt.kind, prompt.banner).slice(0, maxProbes)) {
      const answer = await dialogue.ask(command);
      if (answer?.state !== 'ok') return undefined;
      const dialect = family.find((it) => it.says.some((words) => answer.text.includes(words)));
      if (dialect) return await questions(dialogue, dialect, answer.text);
      // Whoever took the question for something else gets no second one.
      if (!isRefusal(answer.text)) return undefined;
    }
    return undefined;
  } finally {
    dialogue.close();
  }
}

async function questions(dialogue: Dialogue, dialect: Dialect, first: string): Promise<Interview> {
  const [version, ...more] = dialect.asks;
  let facts = version?.read(first) ?? {};
  const unanswered = new Map<Subject, Completeness>();
  if (dialect.noPaging !== undefined) await dialogue.ask(dialect.noPaging);
  let lost = false;
  for (const { command, about, read } of more) {
    const answer = lost ? undefined : await dialogue.ask(command);
    if (answer === undefined) unanswered.set(about, 'truncated');
    else if (answer.state === 'ok' && isRefusal(answer.text)) unanswered.set(about, 'unsupported');
    else {
      if (answer.state !== 'ok') {
        // Without its prompt nobody knows what the device would take the next command for.
        unanswered.set(about, answer.state);
        lost = true;
      }
      facts = added(facts, read(answer.text));
    }
  }
  return { dialect, facts, unanswered };
}
