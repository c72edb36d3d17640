/** What to do about a login that fails where the collector itself does not say. */
import type { FailureCode } from '../../core/contract/index.js';
import type { Text } from '../language.js';

const way: Text = [
  'check the address, the route to it and the firewalls between; SNMP does not answer a wrong community name either',
  'アドレス、経路、途中のファイアウォールを確認してください。SNMP はコミュニティ名が誤っている場合も応答しません',
];

const remedies: Partial<Record<FailureCode, Text>> = {
  E_REFUSED: [
    'nobody listens on this port there: start the service, or correct port in the file',
    'そのポートで待ち受けていません。対象のサービスを起動するか、ファイルの port を修正してください',
  ],
  E_UNREACHABLE: way,
  E_TIMEOUT: way,
  E_RESET: [
    'the host took the connection and closed it: see its log, and who may connect (sshd_config, hosts.deny, a firewall)',
    '接続直後に切断されました。対象のログと接続制限 (sshd_config、hosts.deny、ファイアウォール) を確認してください',
  ],
  E_LOGIN: [
    'correct the account and its secret in this file; each further try counts as a wrong one at the host',
    'ファイル内のアカウントと認証情報を修正してください。やり直すたびに対象で失敗として数えられます',
  ],
  E_LOGIN_METHOD: [
    'no password was refused: see which ways to log in the host permits, and whether it knows the key of this file',
    'パスワードは拒否されていません。対象が許可するログイン方法と、このファイルの鍵が登録されているかを確認してください',
  ],
  E_LOCKOUT: [
    'correct the password in this file: a changed one is tried at once; else wait, so that the host does not lock the account',
    'ファイルのパスワードを修正してください (修正するとすぐに試します)。修正しない場合は、アカウントがロックされないよう時刻までお待ちください',
  ],
  E_TUNNEL: [
    'see that each hop of this file has a credential file that gets in: ksocket diagnostics credentials HOP',
    '各中継ホストの接続情報を確認してください: ksocket diagnostics credentials 中継ホスト',
  ],
  E_POLICY: [
    'change policy.toml, if the agent may go there',
    'エージェントの接続を許可する場合は policy.toml を変更してください',
  ],
};

export const remedyFor = (code: FailureCode): Text | undefined => remedies[code];
