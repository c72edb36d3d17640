/** What ksuninstall says: in English word for word as the manual has it (1.4.1). */
import type { Text } from '../../cli/language.js';

export const warning = (home: string, keepConfig: boolean): Text => [
  `This is a ksocket uninstaller and it will:

- Unregister ksocket service (systemd/upstart/windows service)
- Remove the files installed under '${home}'

${
  keepConfig
    ? `The configurations in '${home}/etc/ksocket' stay.`
    : 'DO NOT FORGET TO BACKUP CONFIGURATIONS if you will re-install ksocket later.'
}

`,
  `ksocket アンインストーラーです。以下を実行します:

- ksocket サービスの登録解除 (systemd/upstart/windows サービス)
- '${home}' 以下にインストールされたファイルの削除

${
  keepConfig
    ? `'${home}/etc/ksocket' の設定は残します。`
    : '後で ksocket を再インストールする場合は、必ず事前に設定のバックアップを行ってください。'
}

`,
];

export const question: Text = ['Are you sure to continue? [y/N]: ', '続行してよろしいですか? [y/N]: '];

export const cancelled: Text = ['Nothing was removed.\n', '何も削除していません。\n'];

export const done = (home: string): Text => [
  `\nksocket is gone from '${home}'.\n`,
  `\n'${home}' から ksocket を削除しました。\n`,
];

export const left = (names: readonly string[]): Text => {
  const lines = names.map((name) => `  ${name}\n`).join('');
  return [
    `These files were not put there by ksocket and stay:\n${lines}`,
    `ksocket 以外が置いたファイルは残しています:\n${lines}`,
  ];
};

export const noTerminal: Text = [
  '--yes is missing: there is no terminal to ask on',
  '--yes がありません。確認を求める端末がありません',
];

export const help: Text = [
  `ksuninstall: takes Ksocket away: the service, the program, settings, credential files, data and logs

  --directory DIRECTORY   the installation; by default the one that this command belongs to
  --keep-config           keep etc/ksocket
  --no-service            leave the service alone
  -y, --yes               ask nothing
  --json                  report as JSON
  --lang en|ja            language of messages
  -h, --help

Exit code: 0 done or declined, 1 it did not work, 2 wrong usage.
`,
  `ksuninstall: Ksocket を削除する (サービス、プログラム、設定、接続情報、データ、ログ)

  --directory DIRECTORY   対象のインストール先 (デフォルトはこのコマンドのあるインストール先)
  --keep-config           etc/ksocket を残す
  --no-service            サービスに触れない
  -y, --yes               質問しない
  --json                  結果を JSON で出力する
  --lang en|ja            メッセージの言語
  -h, --help

終了コード: 0 完了または中止、1 失敗、2 使い方の誤り
`,
];
