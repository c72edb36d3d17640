import type { Command } from './command.js';

export const update: Command = (parser, { context, text, ends }) => {
  parser.command('update', text(['Updates of Ksocket itself', 'Ksocket 自体の更新']), (y) =>
    y
      .command(
        'check',
        text([
          'Show what runs, what the space offers, and how the last update ended',
          '現在のバージョン、スペースからの提供、前回の結果を表示する',
        ]),
        (o) => o,
        (argv) => ends(import('../update/check.js').then((m) => m.check(context, argv))),
      )
      .command(
        'apply [file]',
        text([
          'Install what the space offers, or a bundle',
          'スペースが提供する更新、または指定したファイルを適用する',
        ]),
        (o) =>
          o.positional('file', { type: 'string', describe: text(['A bundle (.update)', '更新ファイル (.update)']) }),
        (argv) => ends(import('../update/apply.js').then((m) => m.apply(context, argv))),
      )
      .command(
        'rollback',
        text(['Go back to the version before', '前のバージョンに戻す']),
        (o) => o,
        (argv) => ends(import('../update/rollback.js').then((m) => m.rollback(context, argv))),
      )
      // For the service's start.
      .command(
        'settle',
        false,
        (o) => o,
        () => ends(import('../update/settle.js').then((m) => m.settle(context))),
      )
      // For whoever releases updates.
      .command(
        'keygen <name>',
        false,
        (o) => o.positional('name', { type: 'string', demandOption: true }),
        (argv) => ends(import('../update/keygen.js').then((m) => m.keygen(context, argv))),
      )
      .command(
        'sign <file>',
        false,
        (o) =>
          o
            .positional('file', { type: 'string', demandOption: true })
            .option('key', {
              type: 'string',
              array: true,
              demandOption: true,
              requiresArg: true,
              describe: text(['Private keys', '秘密鍵のファイル']),
            })
            .option('release', {
              type: 'string',
              requiresArg: true,
              describe: text(['Version of a new bundle', '新しいファイルのバージョン']),
            })
            .option('platform', {
              type: 'string',
              requiresArg: true,
              describe: text(['What it is built for', '対象のプラットフォーム']),
            })
            .option('expires', {
              type: 'string',
              requiresArg: true,
              describe: text(['Date after which nobody installs it', '適用期限 (日付)']),
            })
            .option('min-version', {
              type: 'string',
              requiresArg: true,
              describe: text(['Oldest version that it can follow', '適用元の最低バージョン']),
            })
            .option('output', { type: 'string', requiresArg: true, describe: text(['The bundle', '出力先ファイル']) }),
        (argv) => ends(import('../update/sign.js').then((m) => m.sign(context, argv))),
      )
      .demandCommand(1, text(['Name a command of ksocket update', 'ksocket update のコマンドを指定してください'])),
  );
};
