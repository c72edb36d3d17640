import type { Command } from './command.js';

export const supportBundle: Command = (parser, { context, text, ends }) => {
  parser.command(
    'support-bundle',
    text([
      'Collect logs, settings without secrets and diagnostics for support',
      'サポート用にログ、設定 (秘密を除く)、診断結果をまとめる',
    ]),
    (y) =>
      y
        .option('output', {
          type: 'string',
          requiresArg: true,
          describe: text(['File of the bundle (.tar.gz)', '出力ファイル (.tar.gz)']),
        })
        .option('max-log-size', {
          type: 'number',
          default: 20,
          requiresArg: true,
          describe: text(['MiB of logs at most, the newest first', 'ログの上限 (MiB、新しいものから)']),
        })
        .option('diagnostics', {
          type: 'boolean',
          default: true,
          describe: text([
            'Run the diagnostics; --no-diagnostics leaves them out',
            '診断を実行する (--no-diagnostics で省略)',
          ]),
        }),
    (argv) => ends(import('../support-bundle.js').then((m) => m.supportBundle(context, argv))),
  );
};
