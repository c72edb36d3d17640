import type { Command } from './command.js';

export const config: Command = (parser, { context, text, ends }) => {
  parser.command(
    'config [name] [value]',
    text(['List, show or change settings', '設定を一覧、表示、変更する']),
    (y) =>
      y
        .positional('name', {
          type: 'string',
          describe: text(['Setting, such as connect.host', '設定名 (例: connect.host)']),
        })
        .positional('value', { type: 'string', describe: text(['Its new value', '新しい設定値']) })
        .option('unset', {
          type: 'boolean',
          default: false,
          describe: text(['Take it out of the file', 'ファイルから取り除く']),
        }),
    (argv) => ends(import('../config.js').then((m) => m.config(context, argv))),
  );
};
