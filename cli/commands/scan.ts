import { scanModes } from '../../config-schema/choices.js';
import type { Command } from './command.js';

export const scan: Command = (parser, { context, text, ends }) => {
  parser.command(
    'scan [target..]',
    text(['Scan here and now, without a space', 'スペースなしでその場でスキャンする']),
    (y) =>
      y
        .positional('target', {
          type: 'string',
          array: true,
          describe: text([
            'Addresses and networks; without any, the neighbourhood',
            'アドレスまたはネットワーク (省略時は周辺)',
          ]),
        })
        .option('format', {
          choices: ['table', 'json', 'ndjson', 'csv'] as const,
          describe: text(['Form of the result', '結果の形式']),
        })
        .option('output', {
          type: 'string',
          requiresArg: true,
          describe: text(['File for the result', '結果の出力先ファイル']),
        })
        .option('allow', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: text(['Networks that may be touched', '許可するネットワーク']),
        })
        .option('deny', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: text(['Networks that are left alone', '禁止するネットワーク']),
        })
        .option('mode', {
          choices: scanModes,
          describe: text(['Scan mode instead of the configured one', '設定の代わりに使うスキャンモード']),
        })
        .option('rate', {
          type: 'number',
          requiresArg: true,
          describe: text(['Packets a second at most', '毎秒パケット数の上限']),
        })
        .option('collect', {
          type: 'boolean',
          default: true,
          describe: text([
            'Log in and collect; --no-collect only looks',
            'ログインして収集する (--no-collect で生存確認のみ)',
          ]),
        }),
    (argv) => ends(import('../scan.js').then((m) => m.scan(context, argv))),
  );
};
