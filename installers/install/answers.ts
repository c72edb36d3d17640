/** The answers in their order of precedence: command line and environment, the terminal, the installation that is taken over, the one that is there. */

import { UsageError } from '../../cli/context.js';
import { type Language, say, type Text } from '../../cli/language.js';
import type { Questions } from './ask.js';
import type { Given } from './given.js';
import { givenToken } from './token.js';
import { type Asked, asked, defaultOf, judged, type Value } from './wishes.js';

const missing: Partial<Record<Asked, Text>> = {
  host: [
    '--host is missing: name the host of your space (or set KSOCKET_HOST)',
    '--host がありません。スペースのホスト名を指定してください (環境変数 KSOCKET_HOST も可)',
  ],
  token: [
    '--token-file is missing: name a file with the token of the slot (or set KSOCKET_TOKEN)',
    '--token-file がありません。トークンのファイルを指定してください (環境変数 KSOCKET_TOKEN も可)',
  ],
};

/**
 * @param before name → value that holds when nothing is answered
 * @param ask undefined where there is nobody to ask
 * @returns only what was answered
 * @throws UsageError naming the option that is missing or wrong
 */
export async function answersTo(
  given: Given,
  before: ReadonlyMap<string, Value>,
  ask: Questions | undefined,
  stdin: NodeJS.ReadableStream,
): Promise<Map<string, Value>> {
  const words: Partial<Record<Asked, string | undefined>> = {
    host: given.host,
    port: given.port,
    protocol: given.protocol,
    token: await givenToken(given, stdin),
    mode: given.mode,
  };
  const answers = new Map<string, Value>();
  for (const which of Object.keys(asked) as Asked[]) {
    const name = asked[which];
    const word = words[which];
    const answer = word ?? (ask && (await asking(ask, which, before.get(name))));
    // Whoever only confirms a default has set nothing.
    if (word === undefined && answer !== undefined && answer === defaultOf(which) && !before.has(name)) continue;
    if (answer !== undefined) answers.set(name, judged(which, answer));
    else if (!before.has(name)) needed(which, given.language);
  }
  return answers;
}

function needed(which: Asked, language: Language): void {
  const text = missing[which];
  if (text !== undefined) throw new UsageError(say(language, text));
}

/** Port and protocol have defaults that nearly everybody keeps: they are options, not questions. */
async function asking(ask: Questions, which: Asked, now: Value | undefined): Promise<string | undefined> {
  if (which === 'host') return ask.host(now === undefined ? undefined : String(now));
  if (which === 'token') return ask.token(now !== undefined);
  if (which === 'mode') return ask.mode(String(now ?? defaultOf('mode')));
  return undefined;
}
