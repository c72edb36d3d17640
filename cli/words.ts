/**
 * All words of the command line as data, taken from where yargs takes them: for the man page and for whoever must know every
 * command. The commands are called with a stand-in for the parser that writes down what they declare.
 */
import type { Argv, Options } from 'yargs';
import type { Parser } from './commands/command.js';
import { frameOf } from './commands/command.js';
import { commonOptions } from './commands/common.js';
import { commands } from './commands/index.js';
import type { Context } from './context.js';
import type { Language } from './language.js';

export interface Word {
  readonly name: string;
  readonly description: string;
  readonly type: 'boolean' | 'string' | 'number' | 'array' | 'count' | undefined;
  readonly choices: readonly string[];
  readonly defaultValue: unknown;
}

export interface CommandWords {
  /** `space slot add <name>` */
  readonly synopsis: string;
  /** Without the positionals: `['space', 'slot', 'add']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly positionals: readonly Word[];
  readonly options: readonly Word[];
  readonly commands: readonly CommandWords[];
}

export interface Words {
  readonly options: readonly Word[];
  readonly commands: readonly CommandWords[];
}

export function wordsOf(language: Language): Words {
  const frame = frameOf({ language } as Context, async () => undefined);
  const root = new Listener([]);
  commonOptions(root.parser as unknown as Argv, frame);
  for (const command of commands) command(root.parser, frame);
  return root;
}

/** Every command, with those below it. */
export const allCommands = (words: Pick<Words, 'commands'>): CommandWords[] =>
  words.commands.flatMap((it) => [it, ...allCommands(it)]);

type Build = ((parser: Parser) => unknown) | Record<string, Options> | undefined;

class Listener implements Words {
  readonly positionals: Word[] = [];
  readonly options: Word[] = [];
  readonly commands: CommandWords[] = [];
  /** Answers every call of a parser with itself, and listens to those that have words. */
  readonly parser: Parser;

  constructor(private readonly path: readonly string[]) {
    const heard: Record<string, (...args: never[]) => void> = {
      command: (synopsis: string | readonly string[], description: string | false, build: Build) =>
        this.#command([synopsis].flat()[0] ?? '', description, build),
      option: (name: string | Record<string, Options>, options: Options) => this.#all(this.options, name, options),
      options: (name: string | Record<string, Options>, options: Options) => this.#all(this.options, name, options),
      positional: (name: string, options: Options) => this.#all(this.positionals, name, options),
    };
    this.parser = new Proxy({} as Parser, {
      get: (_, method: string) => {
        if (method === 'then') return undefined;
        return (...args: never[]) => {
          heard[method]?.(...args);
          return this.parser;
        };
      },
    });
  }

  #command(synopsis: string, description: string | false, build: Build): void {
    // What is not shown in the help has no words.
    if (description === false) return;
    const path = [...this.path, synopsis.split(' ')[0] ?? ''];
    const inner = new Listener(path);
    if (typeof build === 'function') build(inner.parser);
    else for (const [name, options] of Object.entries(build ?? {})) inner.#all(inner.options, name, options);
    const { positionals, options, commands } = inner;
    this.commands.push({
      synopsis: [...this.path, synopsis].join(' '),
      ...{ path, description, positionals, options, commands },
    });
  }

  #all(list: Word[], name: string | Record<string, Options>, options: Options): void {
    if (typeof name === 'object') for (const [key, it] of Object.entries(name)) this.#all(list, key, it);
    else if (options.hidden !== true) list.push(wordOf(name, options));
  }
}

function wordOf(name: string, options: Options): Word {
  const type = options.type === 'array' || options.array === true ? 'array' : options.type;
  return {
    name,
    description: options.describe || options.description || options.desc || '',
    type,
    choices: (options.choices ?? []).map(String),
    defaultValue: options.default,
  };
}
