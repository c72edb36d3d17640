/** What the help of all commands ends with, and the man page has as sections: exit codes, files, examples. */
import type { Text } from './language.js';

export const summary: Text = [
  'agent that learns what is really in a network, and the space it reports to',
  'ネットワークに実際にあるものを調べるエージェントと、その報告先のスペース',
];

export const exitCodes: readonly (readonly [code: number, means: Text])[] = [
  [0, ['done', '成功']],
  [1, ['a check or the work failed', '診断または処理の失敗']],
  [2, ['wrong usage', '使い方の誤り']],
  [75, ['connect: the space was lost; start again', 'connect: スペースとの接続が失われた (再起動で復帰)']],
  [77, ['connect: the space refuses this agent', 'connect: スペースが接続を拒否した']],
  [78, ['connect: the space was never reached', 'connect: スペースに一度も接続できなかった']],
];

export const files: readonly (readonly [path: string, is: Text])[] = [
  [
    'etc/ksocket/ksocket.toml',
    ['settings; KSOCKET_CONFIG names another file', '設定 (KSOCKET_CONFIG で別のファイルを指定)'],
  ],
  ['etc/ksocket/policy.toml', ['what no order may exceed', 'ローカルポリシー (スペースの指示より優先)']],
  ['etc/ksocket/credentials/', ['credential files', 'クレデンシャルファイル']],
  ['var/log/ksocket/ksocket.log', ['log', 'ログ']],
  ['var/lib/ksocket/', ['journal, trails, known hosts', 'ジャーナル、スキャンの記録、ホスト鍵']],
];

export const examples: readonly (readonly [command: string, does: Text])[] = [
  ['ksocket scan 192.0.2.0/24', ['look at a network, here and now', 'ネットワークをその場で調べる']],
  ['ksocket explain 192.0.2.10', ['why a host was or was not found', 'ホストが見つかった・見つからなかった理由']],
  ['ksocket config loglevel DEBUG', ['change a setting', '設定を変更する']],
  ['ksocket support-bundle', ['collect what support needs', 'サポートに必要な情報をまとめる']],
];

export const headings = {
  exitCodes: ['Exit codes', '終了コード'],
  files: ['Files below KSOCKET_HOME', 'KSOCKET_HOME 以下のファイル'],
} as const satisfies Record<string, Text>;
