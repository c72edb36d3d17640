import type { Command } from './command.js';

export const config: Command = (parser, { context, text, ends }) => {
  parser.command(
    'config [name] [value]',
    text(['List, show or change settings', '設定を一覧、表示、変更する']),
    (y) =>
      y
        .positional('name', {
          type: 'string',
          describe: text([
            'Setting, such as connect.host, or a group of them: connect',
            '設定名 (例: connect.host) またはそのグループ (例: connect)',
          ]),
        })
        .positional('value', { type: 'string', describe: text(['Its new value', '新しい設定値']) })
        .option('unset', {
          type: 'boolean',
          default: false,
          describe: text([
            'Take it out of the file, so that its default holds',
            'ファイルから取り除き、デフォルト値に戻す',
          ]),
        })
        .option('default', {
          type: 'boolean',
          default: false,
          describe: text([
            'Show the default instead of what the file says',
            'ファイルの値の代わりにデフォルト値を表示する',
          ]),
        })
        .option('schema', {
          type: 'boolean',
          default: false,
          describe: text(['Print the JSON Schema of the settings file', '設定ファイルの JSON Schema を出力する']),
        }),
    (argv) => ends(import('../config.js').then((m) => m.config(context, argv))),
  );
};
