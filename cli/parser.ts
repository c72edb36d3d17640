/** The command line: the options that every command takes, and the commands. */
import yargs from 'yargs';
import { logLevels } from '../config-schema/index.js';
import type { Frame, Parser } from './commands/command.js';
import { commands } from './commands/index.js';
import { UsageError } from './context.js';

/** Nothing ends the process or prints by itself: `parseAsync` throws a UsageError for wrong usage. */
export function parserFor(args: readonly string[], frame: Frame): Parser {
  const { context, text } = frame;
  const parser = yargs([...args])
    .scriptName('ksocket')
    .locale(context.language)
    .usage('$0 <command>')
    .option('lang', {
      choices: ['en', 'ja'] as const,
      describe: text(['Language of messages', 'メッセージの言語']),
    })
    .option('json', {
      type: 'boolean',
      describe: text(['Print the report as JSON', '結果を JSON で出力する']),
    })
    .option('logfile', {
      type: 'string',
      requiresArg: true,
      describe: text(['File of the log, - for the standard output', 'ログの出力先ファイル (- は標準出力)']),
    })
    .option('loglevel', {
      choices: logLevels,
      describe: text(['Least severe level of the log', 'ログの出力レベル']),
    })
    .demandCommand(
      1,
      text(['Name a command; ksocket --help lists them', 'コマンドを指定してください (ksocket --help で一覧)']),
    )
    .strict()
    .recommendCommands()
    .version(false)
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs lays some of its messages out over several lines.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError((message ?? error?.message ?? '').trim().replace(/\s*\n\s*/g, ' '));
    });
  for (const command of commands) command(parser, frame);
  return parser;
}
