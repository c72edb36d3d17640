/** Reads the command line with yargs, runs one command, and turns its end into an exit code. */
import yargs, { type Argv } from 'yargs';
import { scanModes } from '../config-schema/index.js';
import { Failure, sentenceOf } from '../core/contract/index.js';
import { type Context, UsageError } from './context.js';
import { languageOf, say, type Text } from './language.js';
import { version } from './version.js';

const about = {
  version: ['Print the version', 'バージョンを表示する'],
  connect: ['Attach this agent to its space and work for it', 'スペースに接続してオペレーションを実行する'],
  scan: ['Scan here and now, without a space', 'スペースなしでその場でスキャンする'],
  explain: [
    'Tell why an address was or was not found, matched and entered',
    'アドレスが検出・一致・ログインされた、またはされなかった理由を表示する',
  ],
  config: ['List, show or change settings', '設定を一覧、表示、変更する'],
  collect: ['Show everything that one host gives', '1 台のホストから得られる情報をすべて表示する'],
  space: ['The self-hosted space', '自前で動かすスペース'],
} as const satisfies Record<string, Text>;

/** @returns the exit code */
export async function run(args: string[]): Promise<number> {
  const language = languageOf(args, process.env);
  const abort = new AbortController();
  const context: Context = {
    language,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: abort.signal,
  };
  let code = 0;
  const ends = async (work: Promise<number>): Promise<void> => {
    code = await work;
  };
  const release = stopOnSignals(abort);
  const parser = yargs(args)
    .scriptName('ksocket')
    .locale(language)
    .usage('$0 <command>')
    .option('lang', {
      choices: ['en', 'ja'] as const,
      describe: say(language, ['Language of messages', 'メッセージの言語']),
    })
    .option('json', {
      type: 'boolean',
      describe: say(language, ['Print the report as JSON', '結果を JSON で出力する']),
    })
    .option('logfile', {
      type: 'string',
      requiresArg: true,
      describe: say(language, ['File of the log, - for the standard output', 'ログの出力先ファイル (- は標準出力)']),
    })
    .option('loglevel', {
      choices: ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const,
      describe: say(language, ['Least severe level of the log', 'ログの出力レベル']),
    })
    .command(
      'version',
      say(language, about.version),
      (y) => y,
      (argv) => void process.stdout.write(argv.json ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`),
    )
    .command(
      'connect',
      say(language, about.connect),
      (y) => y,
      (argv) => ends(import('./connect.js').then((m) => m.connect(context, argv))),
    )
    .command(
      'scan [target..]',
      say(language, about.scan),
      (y) => scanOptions(y, language),
      (argv) => ends(import('./scan.js').then((m) => m.scan(context, argv))),
    )
    .command(
      'collect <address>',
      say(language, about.collect),
      (y) => y.positional('address', { type: 'string', demandOption: true }),
      (argv) => ends(import('./collect.js').then((m) => m.collect(context, argv))),
    )
    .command(
      'config [name] [value]',
      say(language, about.config),
      (y) =>
        y
          .positional('name', {
            type: 'string',
            describe: say(language, ['Setting, such as connect.host', '設定名 (例: connect.host)']),
          })
          .positional('value', { type: 'string', describe: say(language, ['Its new value', '新しい設定値']) })
          .option('unset', {
            type: 'boolean',
            default: false,
            describe: say(language, ['Take it out of the file', 'ファイルから取り除く']),
          }),
      (argv) => ends(import('./config.js').then((m) => m.config(context, argv))),
    )
    .command(
      'explain <address>',
      say(language, about.explain),
      (y) =>
        y.positional('address', { type: 'string', demandOption: true }).option('probe', {
          type: 'boolean',
          default: false,
          describe: say(language, [
            'Scan the address now; without it no packet is sent',
            '今すぐそのアドレスをスキャンする (指定しなければパケットは送らない)',
          ]),
        }),
      (argv) => ends(import('./explain.js').then((m) => m.explain(context, argv))),
    )
    .command('space', say(language, about.space), (y) => spaceCommands(y, context, ends))
    .demandCommand(
      1,
      say(language, [
        'Name a command; ksocket --help lists them',
        'コマンドを指定してください (ksocket --help で一覧)',
      ]),
    )
    .strict()
    .recommendCommands()
    .version(false)
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs lays some of its messages out over several lines.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError((message ?? error?.message ?? '').trim().replace(/\s*\n\s*/g, ' '));
    });
  try {
    await parser.parseAsync();
    return code;
  } catch (error) {
    const command = args.find((arg) => !arg.startsWith('-'));
    process.stderr.write(
      `ksocket${command && !(error instanceof UsageError) ? ` ${command}` : ''}: ${sentenceOf(error)}\n`,
    );
    if (!(error instanceof Failure) && !(error instanceof UsageError) && process.env.KSOCKET_DEBUG)
      process.stderr.write(`${(error as Error).stack}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    release();
  }
}

/** npm and npx pass on the Ctrl-C that the terminal has sent to us already; a second one this soon is the same. */
const sameCtrlCMs = 1000;

/** Asks for a clean end at SIGINT, SIGTERM, or when the program that started us with a channel is gone. */
function stopOnSignals(abort: AbortController): () => void {
  let since: number | undefined;
  const stop = (signal?: NodeJS.Signals): void => {
    const now = performance.now();
    since ??= now;
    abort.abort(signal);
    // Whoever presses Ctrl-C again does not want to wait for the clean end.
    if (signal === 'SIGINT' && now - since > sameCtrlCMs) process.exit(130);
  };
  const orphaned = () => stop();
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', orphaned);
  process.channel?.unref();
  return () => process.off('SIGINT', stop).off('SIGTERM', stop).off('disconnect', orphaned);
}

function scanOptions(
  y: Argv<{ json?: boolean | undefined; logfile?: string | undefined; loglevel?: string | undefined }>,
  language: 'en' | 'ja',
) {
  return y
    .positional('target', {
      type: 'string',
      array: true,
      describe: say(language, [
        'Addresses and networks; without any, the neighbourhood',
        'アドレスまたはネットワーク (省略時は周辺)',
      ]),
    })
    .option('format', {
      choices: ['table', 'json', 'ndjson', 'csv'] as const,
      describe: say(language, ['Form of the result', '結果の形式']),
    })
    .option('output', {
      type: 'string',
      requiresArg: true,
      describe: say(language, ['File for the result', '結果の出力先ファイル']),
    })
    .option('allow', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: say(language, ['Networks that may be touched', '許可するネットワーク']),
    })
    .option('deny', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: say(language, ['Networks that are left alone', '禁止するネットワーク']),
    })
    .option('mode', {
      choices: scanModes,
      describe: say(language, ['Scan mode instead of the configured one', '設定の代わりに使うスキャンモード']),
    })
    .option('rate', {
      type: 'number',
      requiresArg: true,
      describe: say(language, ['Packets a second at most', '毎秒パケット数の上限']),
    })
    .option('collect', {
      type: 'boolean',
      default: true,
      describe: say(language, [
        'Log in and collect; --no-collect only looks',
        'ログインして収集する (--no-collect で生存確認のみ)',
      ]),
    });
}

function spaceCommands(y: Argv, context: Context, ends: (work: Promise<number>) => Promise<void>) {
  const { language } = context;
  const load = () => import('./space.js');
  return y
    .option('directory', {
      type: 'string',
      requiresArg: true,
      describe: say(language, ['Folder of the database', 'データベースのフォルダー']),
    })
    .command(
      'serve',
      say(language, ['Serve agents, page and API', 'エージェント、画面、API を提供する']),
      (o) =>
        o
          .option('host', {
            type: 'string',
            default: '127.0.0.1',
            requiresArg: true,
            describe: say(language, ['Address to listen on', '待ち受けアドレス']),
          })
          .option('port', {
            type: 'number',
            default: 8080,
            requiresArg: true,
            describe: say(language, ['Port to listen on', '待ち受けポート']),
          }),
      (argv) => ends(load().then((m) => m.serve(context, argv))),
    )
    .command(
      'slot add <name>',
      say(language, ['Add a slot for one agent', 'エージェント用スロットを追加する']),
      (o) => o.positional('name', { type: 'string', demandOption: true }),
      (argv) => ends(load().then((m) => m.addSlot(context, argv))),
    )
    .command(
      'token issue <slot>',
      say(language, ['Issue a token; it is shown once', 'トークンを発行する (表示は一度だけ)']),
      (o) =>
        o.positional('slot', { type: 'string', demandOption: true }).option('expires', {
          type: 'string',
          requiresArg: true,
          describe: say(language, ['Date on which it expires', '有効期限 (日付)']),
        }),
      (argv) => ends(load().then((m) => m.issueToken(context, argv))),
    )
    .command(
      'network add <name> <slot>',
      say(language, ['Add a network that a slot scans', 'スロットがスキャンするネットワークを追加する']),
      (o) =>
        o
          .positional('name', { type: 'string', demandOption: true })
          .positional('slot', { type: 'string', demandOption: true })
          .option('start', {
            type: 'string',
            array: true,
            requiresArg: true,
            describe: say(language, ['Start addresses', '開始アドレス']),
          })
          .option('allow', {
            type: 'string',
            array: true,
            requiresArg: true,
            describe: say(language, ['Allowed networks', '許可するネットワーク']),
          })
          .option('deny', {
            type: 'string',
            array: true,
            requiresArg: true,
            describe: say(language, ['Forbidden networks', '禁止するネットワーク']),
          }),
      (argv) => ends(load().then((m) => m.addNetwork(context, argv))),
    )
    .command(
      'scan <network>',
      say(language, ['Order a scan of a network', 'ネットワークのスキャンを実行する']),
      (o) => o.positional('network', { type: 'string', demandOption: true }),
      (argv) => ends(load().then((m) => m.startScan(context, argv))),
    )
    .demandCommand(1, say(language, ['Name a command of ksocket space', 'ksocket space のコマンドを指定してください']));
}
