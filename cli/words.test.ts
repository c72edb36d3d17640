/** Every word of the command line is there in both languages, and the help of every command is in one of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import stringWidth from 'string-width';
import { frameOf } from './commands/command.js';
import type { Context } from './context.js';
import { examples, exitCodes, files, headings, summary } from './manual.js';
import { parserFor } from './parser.js';
import { allCommands, type CommandWords, type Word, wordsOf } from './words.js';

const japanese = /[\u3040-\u30ff\u4e00-\u9fff]/;
const english = wordsOf('en');
const translated = wordsOf('ja');

/** `[where, description]` of everything that has one. */
function described(words: { options: readonly Word[]; commands: readonly CommandWords[] }): [string, string][] {
  const own = (where: string, list: readonly Word[]) =>
    list.map(({ name, description }): [string, string] => [`${where} ${name}`.trim(), description]);
  return [
    ...own('', words.options),
    ...allCommands(words).flatMap((it) => [
      [it.synopsis, it.description] as [string, string],
      ...own(it.synopsis, it.positionals),
      ...own(it.synopsis, it.options),
    ]),
  ];
}

test('every command, positional and option is described in both languages', () => {
  const texts = described(english);
  const others = new Map(described(translated));
  assert.ok(texts.length > 40, 'the walk found the commands');
  for (const [where, text] of texts) {
    assert.ok(text.length > 3, `${where} has no description`);
    assert.ok(!japanese.test(text), `${where} is Japanese in English: ${text}`);
    assert.match(others.get(where) ?? '', japanese, `${where} has no Japanese`);
  }
  for (const [, text] of [...exitCodes, ...files, ...examples]) assert.match(text[1], japanese);
  for (const text of [summary, ...Object.values(headings)]) assert.match(text[1], japanese);
});

test('every positional of a synopsis is described', () => {
  for (const { synopsis, positionals } of allCommands(english)) {
    const named = [...synopsis.matchAll(/[<[]([\w-]+)(?:\.\.)?[>\]]/g)].map(([, name]) => name);
    assert.deepEqual(
      positionals.map(({ name }) => name),
      named,
      synopsis,
    );
  }
});

async function helpOf(path: readonly string[], language: 'en' | 'ja', columns = 80): Promise<string> {
  const stdout = { columns } as NodeJS.WriteStream;
  const frame = frameOf({ language, stdout, env: {} } as Context, async () => undefined);
  return new Promise((resolve, reject) => {
    const parser = parserFor([...path, '--help'], frame);
    void Promise.resolve(
      parser.parseAsync([...path, '--help'], {}, (error, _, output) => (error ? reject(error) : resolve(output))),
    ).catch(reject);
  });
}

/** What yargs says by itself, in English. */
const yargsEnglish =
  /Commands:|Options:|Positionals:|Examples:|\[boolean\]|\[string\]|\[number\]|\[array\]|\[required\]|\[default|\[choices|Show help/;

const paths = [[], ...allCommands(english).map(({ path }) => path)];

test('the help of every command is all English or all Japanese', async () => {
  for (const path of paths) {
    const [en, ja] = await Promise.all([helpOf(path, 'en'), helpOf(path, 'ja')]);
    assert.match(en, /Options:/, path.join(' '));
    assert.ok(!japanese.test(en), `ksocket ${path.join(' ')} --help:\n${en}`);
    assert.match(ja, japanese);
    assert.doesNotMatch(ja, yargsEnglish, `ksocket ${path.join(' ')} --help`);
    for (const line of ja.split('\n')) {
      // Words of a command line, of settings and of files stay as they are; three English words in a row are a sentence.
      const prose = line.replace(/\[.*\]|ksocket [^\u3040-\u9fff]*|--[\w-]+|\S*\/\S*/g, ' ');
      assert.doesNotMatch(prose, /\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b/, `ksocket ${path.join(' ')} --help`);
    }
  }
});

test('help is wrapped to the terminal, between words, a Japanese letter counted as two', async () => {
  for (const path of paths) {
    for (const language of ['en', 'ja'] as const)
      for (const line of (await helpOf(path, language, 70)).split('\n')) assert.ok(stringWidth(line) <= 70, line);
  }
  assert.match(await helpOf([], 'en', 60), /was or was not/);
});

test('help tells the exit codes, the files and examples', async () => {
  const help = await helpOf([], 'en', 100);
  for (const [code, [means]] of exitCodes) assert.match(help, new RegExp(`^ +${code} +${means}$`, 'm'));
  for (const [path] of files) assert.ok(help.includes(path));
  for (const [command] of examples) assert.ok(help.includes(command));
});
