/**
 * What Tab offers: commands, options and choices out of the words of the command line, and names and values of settings. yargs has
 * an answer of its own, which runs the line that is being typed, and fails where a strict parser refuses an unfinished one.
 */
import { settingNames, settingValues } from './completion.js';
import type { Context } from './context.js';
import { type CommandWords, type Word, wordsOf } from './words.js';

interface Offer {
  readonly name: string;
  readonly description?: string;
}

/** @param line words so far, `ksocket` first, the one that is being typed last (perhaps empty) */
export async function complete({ language, stdout, env }: Context, line: readonly string[]): Promise<number> {
  const offers = await offersFor(wordsOf(language), line.slice(1));
  // zsh shows what an answer means; a colon in its name would end the name.
  const shown = ({ name, description = '' }: Offer) =>
    env.SHELL?.includes('zsh') ? `${name.replaceAll(':', '\\:')}:${description.replaceAll('\n', ' ')}` : name;
  const current = line.at(-1) ?? '';
  const fitting = offers.filter(({ name }) => name.startsWith(current));
  stdout.write(fitting.map((it) => `${shown(it)}\n`).join(''));
  return 0;
}

async function offersFor(words: ReturnType<typeof wordsOf>, line: readonly string[]): Promise<Offer[]> {
  const current = line.at(-1) ?? '';
  let options: readonly Word[] = words.options;
  let commands: readonly CommandWords[] = words.commands;
  let command: CommandWords | undefined;
  const values: string[] = [];
  let asking: Word | undefined;
  for (const word of line.slice(0, -1)) {
    const expected: Word | undefined = asking;
    asking = undefined;
    if (expected !== undefined && !word.startsWith('-')) continue;
    if (word.startsWith('-')) {
      asking = options.find(({ name, type }) => `--${name}` === word && type !== 'boolean');
      continue;
    }
    const next: CommandWords | undefined = commands.find(({ path }) => path.at(-1) === word);
    if (next === undefined) values.push(word);
    else {
      command = next;
      commands = next.commands;
      options = [...options, ...next.options];
    }
  }
  const [, option, start] = /^--([\w-]+)=(.*)$/.exec(current) ?? [];
  if (start !== undefined) {
    const choices = options.find(({ name }) => name === option)?.choices ?? [];
    return choices.map((name) => ({ name: `--${option}=${name}` }));
  }
  if (asking !== undefined) return asking.choices.map((name) => ({ name }));
  if (current.startsWith('-')) return options.flatMap(optionOffers);
  if (command?.path.join(' ') === 'config') return settings(values);
  const place = command?.positionals[values.length];
  const below = commands.map(({ path, description }) => ({ name: path.at(-1) ?? '', description }));
  return [...below, ...(place?.choices ?? []).map((name) => ({ name }))];
}

/** What is on by default is turned off by its name with `no-`. */
function optionOffers({ name, description, defaultValue }: Word): Offer[] {
  const off = defaultValue === true ? [{ name: `--no-${name}`, description }] : [];
  return [{ name: `--${name}`, description }, ...off];
}

async function settings([name, value]: readonly string[]): Promise<Offer[]> {
  if (value !== undefined) return [];
  const found = name === undefined ? await settingNames() : await settingValues(name);
  return found.map((it) => ({ name: it }));
}
