import type { CheckName } from '../diagnostics/index.js';
import type { Text } from '../language.js';
import type { Command } from './command.js';

const checks: readonly (readonly [CheckName, Text])[] = [
  ['system', ['Are all libraries there, and do they work', 'ライブラリが揃い、動作するか']],
  ['config', ['Are the settings and the files beside them in order', '設定ファイルと関連ファイルに不備がないか']],
  ['connect', ['Is the space reached; occupies no slot', 'スペースに到達できるか (スロットは占有しない)']],
  [
    'authenticate',
    ['Is the token accepted; occupies the slot for a moment', 'トークンが有効か (一時的にスロットを占有する)'],
  ],
  ['network', ['What this machine permits a scan to do', 'このマシンでスキャンに何が許されているか']],
];

export const diagnostics: Command = (parser, { context, text, ends }) => {
  const load = () => import('../diagnostics/index.js');
  parser.command(
    'diagnostics',
    text([
      'Find out what does not work: system, config and connect, or one check',
      '自己診断: system、config、connect を順に、または個別に実行する',
    ]),
    (y) => {
      for (const [name, about] of checks) {
        y.command(
          name,
          text(about),
          (o) => o,
          (argv) => ends(load().then((m) => m.diagnose(context, argv, name))),
        );
      }
      return y.command(
        'credentials <address>',
        text([
          'Which credential files are for an address, and whether each gets in',
          'アドレスに適合する接続情報ファイルと、ログインの可否',
        ]),
        (o) =>
          o
            .positional('address', {
              type: 'string',
              demandOption: true,
              describe: text(['Address of the host', 'ホストのアドレス']),
            })
            .option('try', {
              type: 'boolean',
              default: true,
              describe: text([
                'Log in with them; --no-try only says which match',
                '実際にログインする (--no-try で適合の確認のみ)',
              ]),
            }),
        (argv) => ends(load().then((m) => m.diagnoseCredentials(context, argv))),
      );
    },
    (argv) => ends(load().then((m) => m.diagnoseAll(context, argv))),
  );
};
