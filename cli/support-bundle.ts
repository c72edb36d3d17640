/** `ksocket support-bundle`: what support needs to know of this agent in one file, without its secrets, and a table of what is in it. */
import { join, resolve } from 'node:path';
import { expandHome, findHome } from '../core/config/index.js';
import { importPlugins } from '../core/container/plugins.js';
import { summarizeJournal } from '../core/journal/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say, type Text } from './language.js';
import { writeArchive } from './support-bundle/archive.js';
import { credentialFiles, policyText, readAllSettings, settingsText } from './support-bundle/configuration.js';
import { diagnosis } from './support-bundle/diagnosis.js';
import { lastScan } from './support-bundle/last-scan.js';
import { logs } from './support-bundle/logs.js';
import { machine, versions } from './support-bundle/machine.js';
import { json, type Part, part } from './support-bundle/part.js';
import { Secrets } from './support-bundle/secrets.js';
import { renderTable } from './table.js';

interface BundleOptions extends CommonOptions {
  readonly output?: string | undefined;
  /** MiB */
  readonly maxLogSize: number;
  readonly diagnostics: boolean;
}

export async function supportBundle(context: Context, argv: BundleOptions): Promise<number> {
  if (!(argv.maxLogSize > 0)) throw new UsageError('--max-log-size is a number of MiB above 0');
  const folder = `ksocket-support-${new Date().toISOString().replace(/[:-]|\.\d+/g, '')}`;
  const output = resolve(argv.output ?? `${folder}.tar.gz`);
  const parts = await collectParts(context, argv);
  await writeArchive(output, folder, parts);
  context.stdout.write(argv.json ? json({ file: output, parts: parts.map(reportOf) }) : table(context, output, parts));
  return 0;
}

async function collectParts({ env, signal }: Context, argv: BundleOptions): Promise<Part[]> {
  const home = findHome(env);
  const secrets = new Secrets();
  await secrets.addHome(home, env);
  const plugins = await importPlugins();
  const read = await readAllSettings(home, plugins).catch((error: unknown) => ({ error }));
  const settings = 'settings' in read ? read.settings : undefined;
  secrets.addSettings(settings);
  const inHome = (path: string) => expandHome(path, home);
  const credentials = inHome(settings?.directories.credentials ?? '$KSOCKET_HOME/etc/ksocket/credentials');
  const unknown = await secrets.addCredentials(credentials);

  const parts = await Promise.all([
    part('settings.txt', ['settings, secrets masked', '設定 (秘密は伏せ字)'], () => {
      if ('error' in read) throw read.error;
      return settingsText(plugins, read.settings, read.file);
    }),
    part('credentials.json', ['credential files: ranges and modes', 'クレデンシャルファイルの範囲とモード'], () =>
      credentialFiles(plugins, credentials, home),
    ),
    part('policy.toml', ['local policy', 'ローカルポリシー'], () => policyText(home)),
    part('versions.json', ['versions', 'バージョン'], versions),
    part('machine.json', ['this machine', 'このマシンの情報'], () => machine(home, env)),
    part('journal.json', ['journal in numbers', 'ジャーナルの件数'], () =>
      summarizeJournal(join(home.lib, 'journal.db')),
    ),
    part('last-scan.json', ['last scan in numbers', '最後のスキャンの件数'], () => lastScan(join(home.lib, 'trails'))),
    ...(argv.diagnostics
      ? [
          part('diagnostics.txt', ['diagnostics', '診断'], () => diagnosis(['--lang', 'en'], env, signal)),
          part('diagnostics.json', ['diagnostics as data', '診断 (データ)'], () => diagnosis(['--json'], env, signal)),
        ]
      : []),
  ]);
  const mostBytes = argv.maxLogSize * 1024 * 1024;
  // Their secrets would not be known in what was logged.
  const logParts: Part[] =
    unknown.length === 0
      ? await logs(
          inHome(argv.logfile ?? settings?.logfile ?? '$KSOCKET_HOME/var/log/ksocket/ksocket.log'),
          mostBytes,
          secrets,
        )
      : [{ name: 'logs.txt', about: ['log', 'ログ'], content: '', problem: withheld(unknown) }];
  const redacted = [...parts, ...logParts].map((it) => withoutSecrets(it, secrets));
  const contents: Text = ['contents', '内容の一覧'];
  return [{ name: 'contents.json', about: contents, content: json(redacted.map(reportOf)) }, ...redacted];
}

function withoutSecrets(it: Part, secrets: Secrets): Part {
  const problem = it.problem === undefined ? {} : { problem: secrets.redact(it.problem) };
  return {
    ...it,
    ...problem,
    content: it.name.endsWith('.json') ? secrets.redactJson(it.content) : secrets.redact(it.content),
  };
}

const withheld = (files: readonly string[]): string =>
  `left out: ${files.join(', ')} may not be read by this user, so the secrets in it could not be taken out of the logs; run this as root`;

const reportOf = ({ name, about, content, problem }: Part) => ({
  name,
  about: about[0],
  bytes: Buffer.byteLength(content),
  ...(problem === undefined ? {} : { problem }),
});

function table({ language, stdout }: Context, output: string, parts: readonly Part[]): string {
  const columns = [
    { title: say(language, ['FILE', 'ファイル']) },
    { title: say(language, ['BYTES', 'バイト']) },
    { title: say(language, ['WHAT', '内容']) },
    { title: say(language, ['MISSING', '不足']), flexible: true },
  ];
  const rows = parts.map(({ name, about, content, problem = '' }) => [
    name,
    String(Buffer.byteLength(content)),
    say(language, about),
    problem,
  ]);
  const last = say(language, [
    `Written to ${output}. Secrets are taken out; look through it before you send it.`,
    `${output} に書き出しました。秘密は取り除いてありますが、送付前に内容をご確認ください。`,
  ]);
  return `${renderTable(columns, rows, stdout.isTTY ? stdout.columns : 0)}\n\n${last}\n`;
}
