/** The options that every command takes. */
import type { Argv } from 'yargs';
import { logLevels } from '../../config-schema/choices.js';
import type { Frame, Parser } from './command.js';

/** On the parser itself, before the commands. */
export function commonOptions(parser: Argv, { text }: Frame): Parser {
  return parser
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
    .option('help', { type: 'boolean', describe: text(['Show help', 'ヘルプを表示する']) });
}
