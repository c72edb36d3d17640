/** The command line: the options that every command takes, and the commands. */
import { createRequire } from 'node:module';
import type Yargs from 'yargs';
import type { Frame, Parser } from './commands/command.js';
import { commonOptions } from './commands/common.js';
import { commands } from './commands/index.js';
import { UsageError } from './context.js';
import { say, type Text } from './language.js';
import { examples, exitCodes, files, headings } from './manual.js';

/** Its ES module breaks lines within words and takes a Japanese letter for one cell wide; the CommonJS one has libraries for both. */
const yargs = createRequire(import.meta.url)('yargs') as typeof Yargs;

/** Longer lines are hard to read, however wide the terminal. */
const widest = 100;
const usualWidth = 80;

/** Where yargs' own Japanese is missing or beside the point. */
const japanese = {
  'Unknown command: %s': { one: '未知のコマンドです: %s', other: '未知のコマンドです: %s' },
  'choices:': '選択肢:',
  'Positionals:': '引数:',
};

/** Nothing ends the process or prints by itself: `parseAsync` throws a UsageError for wrong usage. */
export function parserFor(args: readonly string[], frame: Frame): Parser {
  const { context, text } = frame;
  const width = Math.min(widest, context.stdout.columns ?? usualWidth);
  const parser = commonOptions(yargs([...args]), frame)
    .scriptName('ksocket')
    .locale(context.language)
    .usage(text(['$0 <command>', '$0 <コマンド>']))
    .wrap(width)
    .demandCommand(
      1,
      text(['Name a command; ksocket --help lists them', 'コマンドを指定してください (ksocket --help で一覧)']),
    )
    .strict()
    .recommendCommands()
    .version(false)
    .help('help', text(['Show help', 'ヘルプを表示する']))
    .epilogue(epilogue(text))
    .exitProcess(false)
    .middleware((argv) => restoreDash(args, argv), true)
    .fail((message, error) => {
      // yargs lays some of its messages out over several lines.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError((message ?? error?.message ?? '').trim().replace(/\s*\n\s*/g, ' '));
    });
  if (context.language === 'ja') parser.updateStrings(japanese as never);
  for (const [command, does] of examples) parser.example(command, say(context.language, does));
  for (const command of commands) command(parser, frame);
  return parser;
}

/** A `-` of its own, such as the standard error as a log file, comes out of yargs as an empty text where it is no option's. */
function restoreDash(args: readonly string[], argv: Record<string, unknown>): void {
  if (!args.includes('-') || args.includes('')) return;
  for (const [name, value] of Object.entries(argv)) if (value === '') argv[name] = '-';
}

function epilogue(text: (it: Text) => string): string {
  const table = (heading: Text, rows: readonly (readonly [name: string | number, Text])[]) => {
    // Numbers and paths: each of their letters is one cell wide.
    const width = Math.max(...rows.map(([name]) => String(name).length));
    return [`${text(heading)}:`, ...rows.map(([name, it]) => `  ${String(name).padEnd(width)}  ${text(it)}`)].join(
      '\n',
    );
  };
  return `${table(headings.exitCodes, exitCodes)}\n\n${table(headings.files, files)}`;
}
