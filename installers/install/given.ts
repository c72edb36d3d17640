/** What the command line and the environment say, as words that nobody has judged yet. The command line wins. */
import { parseArgs } from 'node:util';
import { UsageError } from '../../cli/context.js';
import { type Language, languageOf, type Text } from '../../cli/language.js';

export interface Given {
  readonly directory?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly protocol?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly mode?: string | undefined;
  readonly user?: string | undefined;
  /** Home of an installation whose settings and credential files are taken over. */
  readonly from?: string | undefined;
  readonly service: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
  readonly language: Language;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** @throws UsageError for an option that there is none of */
export function readGiven(args: readonly string[], env: NodeJS.ProcessEnv): Given {
  const { values } = parsed(args);
  const from = (option: string | undefined, variable: string) => option ?? (env[variable] || undefined);
  // A token of the command line replaces the environment's file, and the other way round.
  const ownToken = values.token !== undefined || values['token-file'] !== undefined;
  return {
    directory: from(values.directory, 'KSOCKET_HOME'),
    host: from(values.host, 'KSOCKET_HOST'),
    port: from(values.port, 'KSOCKET_PORT'),
    protocol: from(values.protocol, 'KSOCKET_PROTOCOL'),
    token: ownToken ? values.token : env.KSOCKET_TOKEN || undefined,
    tokenFile: ownToken ? values['token-file'] : env.KSOCKET_TOKEN_FILE || undefined,
    mode: from(values.mode, 'KSOCKET_MODE'),
    user: from(values.user, 'KSOCKET_USER'),
    from: values.from,
    service: !values['no-service'],
    yes: values.yes,
    json: values.json,
    help: values.help,
    version: values.version,
    language: installerLanguage(args, env),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ directory: text, host: text, port: text, protocol: text, token: text, 'token-file': text, mode: text },
        ...{ user: text, from: text, lang: text },
        ...{ 'no-service': flag, json: flag, version: flag },
        ...{ yes: { ...flag, short: 'y' }, help: { ...flag, short: 'h' } },
      },
    });
  } catch (error) {
    throw usageOf(error);
  }
}

/** Node explains at length how to write what nobody meant; its first sentence says what is wrong. */
export function usageOf(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code?.startsWith('ERR_PARSE_ARGS')) return error;
  return new UsageError((message.split(/[.\n] ?(?=To|Did|$)/, 1)[0] ?? message).trim());
}

/** Windows has no variable for it; its locale is what the runtime found. */
export function installerLanguage(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const locale = process.platform === 'win32' ? Intl.DateTimeFormat().resolvedOptions().locale : undefined;
  return languageOf(args, { ...(locale === undefined ? {} : { LANG: locale }), ...env });
}

export const help: Text = [
  `ksinstall: installs Ksocket, or installs over it (settings and credential files stay)

Without options it asks. Without a terminal, with --yes or with --json nothing is asked.

  --directory DIRECTORY   where to            KSOCKET_HOME        /opt/fixpoint/ksocket
  --host HOST             host of the space   KSOCKET_HOST
  --port PORT             its port            KSOCKET_PORT        443
  --protocol wss|ws       how                 KSOCKET_PROTOCOL    wss
  --token TOKEN           token of the slot   KSOCKET_TOKEN       (other users may see a command line; rather:)
  --token-file FILE       file with the token KSOCKET_TOKEN_FILE  - is the standard input
  --mode MODE             intranet|azure|aws  KSOCKET_MODE        intranet
  --from DIRECTORY        take over settings and credential files of version 1 or of the vendor's Ksocket
  --no-service            leave the service alone
  --user NAME             user of the service KSOCKET_USER        ksocket
  -y, --yes               ask nothing
  --json                  report as JSON
  --lang en|ja            language of messages
  --version, -h, --help

Exit code: 0 done, 1 it did not work and what was there still runs, 2 wrong usage.
`,
  `ksinstall: Ksocket をインストールする (上書きインストールでは設定と接続情報を維持する)

オプションなしでは対話形式になる。端末がない場合、--yes または --json を指定した場合は質問しない。

  --directory DIRECTORY   インストール先          KSOCKET_HOME        /opt/fixpoint/ksocket
  --host HOST             スペースのホスト名      KSOCKET_HOST
  --port PORT             ポート番号              KSOCKET_PORT        443
  --protocol wss|ws       プロトコル              KSOCKET_PROTOCOL    wss
  --token TOKEN           スロットのトークン      KSOCKET_TOKEN       (コマンドラインは他のユーザーから見えるため次を推奨)
  --token-file FILE       トークンのファイル      KSOCKET_TOKEN_FILE  - は標準入力
  --mode MODE             intranet|azure|aws      KSOCKET_MODE        intranet
  --from DIRECTORY        v1 またはベンダー版の設定と接続情報を引き継ぐ
  --no-service            サービスに触れない
  --user NAME             サービスのユーザー      KSOCKET_USER        ksocket
  -y, --yes               質問しない
  --json                  結果を JSON で出力する
  --lang en|ja            メッセージの言語
  --version, -h, --help

終了コード: 0 完了、1 失敗 (それまでのインストールはそのまま動く)、2 使い方の誤り
`,
];
