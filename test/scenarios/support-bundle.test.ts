/** The bundle as support gets it: unpacked by tar(1), looked through for canaries, made where parts of the installation are broken. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openJournal } from '../../core/journal/index.js';
import { systemClock, systemRandom } from '../../core/runtime/index.js';
import { outputOf, spawnKsocket } from '../start/processes.js';

type Files = Readonly<Record<string, string>>;

function homeOf(t: TestContext, files: Files): string {
  const home = mkdtempSync(join(tmpdir(), 'ksocket bündel-'));
  t.after(() => rmSync(home, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: name.includes('open') ? 0o644 : 0o600 });
  }
  return home;
}

interface Bundle {
  readonly files: Map<string, string>;
  readonly said: string;
  readonly path: string;
}

/** Makes a bundle and unpacks it. */
async function bundle(
  t: TestContext,
  home: string,
  args: readonly string[] = ['--no-diagnostics'],
  env: NodeJS.ProcessEnv = {},
): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'support.tar.gz');
  const said = await outputOf(spawnKsocket(['support-bundle', '--lang', 'en', '--output', path, ...args], home, env));
  execFileSync('tar', ['xzf', path, '-C', folder]);
  const [root = ''] = readdirSync(folder).filter((name) => name.startsWith('ksocket-support-'));
  const names = execFileSync('find', ['.', '-type', 'f'], { cwd: join(folder, root), encoding: 'utf8' })
    .trim()
    .split('\n');
  return {
    said,
    path,
    files: new Map(names.map((name) => [name.slice(2), readFileSync(join(folder, root, name), 'utf8')])),
  };
}

const canaries = {
  token: 'canary-token-0001',
  proxy: 'canary/proxy#0002',
  password: 'canary"pass\\word-0003',
  passphrase: 'canary-passphrase-0004',
  community: 'canary-community-0005',
  refused: 'canary-refused-0006',
  unknown: 'canary-unknown-0007',
  broken: 'canary-broken-0008',
  environment: 'canary-environment-0009',
  digits: '93418275',
  earlier: 'ks1_canaryEarlierToken',
} as const;

test('no secret of the installation is in the bundle, whatever the logs say and however broken its files are', async (t) => {
  const said = Object.values(canaries);
  const home = homeOf(t, {
    'etc/ksocket/ksocket.toml': `[connect]\nhost = "space.invalid"\ntoken = "${canaries.token}"\nproxy = "http://joe:${encodeURIComponent(canaries.proxy)}@proxy.invalid:3128"\n`,
    'etc/ksocket/policy.toml': 'deny = ["10.99.0.0/16"]\n',
    'etc/ksocket/credentials/ssh/00_main.toml': `includes = ["10.10.0.0/24"]\n[account]\nusername = "john"\npassword = '${canaries.password}'\nclientKeys = [{ filename = "id", passphrase = "${canaries.passphrase}" }]\n`,
    'etc/ksocket/credentials/ssh/10_open.toml': `includes = ["10.20.0.0/24"]\n[account]\nusername = "root"\npassword = "${canaries.refused}"\n`,
    'etc/ksocket/credentials/ssh/20_field.toml': `includes = ["10.30.0.0/24"]\n[acount]\npassword = "${canaries.unknown}"\npin = ${canaries.digits}\n`,
    'etc/ksocket/credentials/ssh/30_syntax.toml': `includes = [\n[account\npassword = "${canaries.broken}"\n`,
    'etc/ksocket/credentials/snmp/00.toml': `includes = ["10.10.0.0/24"]\n[authData]\ncommunity = "${canaries.community}"\n`,
    'var/log/ksocket/ksocket.log': [
      ...said,
      ...said.map(encodeURIComponent),
      ...said.map((it) => JSON.stringify({ it })),
    ]
      .map((it) => `line with ${it} in it\n`)
      .join(''),
    'var/log/ksocket/ksocket.log.1': `older ${canaries.password}\n`,
    'var/log/ksocket/ksocket.prev.log': `moved https://joe:another@proxy.invalid/\n`,
  });
  const {
    files,
    said: table,
    path,
  } = await bundle(t, home, ['--no-diagnostics'], { HTTPS_PROXY: `http://u:${canaries.environment}@p:1` });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (const [name, text] of files)
    for (const [which, canary] of Object.entries(canaries))
      for (const form of [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1)])
        assert.ok(!text.includes(form), `${which} in ${name}`);
  assert.ok(!files.get('logs/ksocket.prev.log')?.includes('another'));
  assert.equal(
    files.get('logs/ksocket.log')?.match(/^line with /gm)?.length,
    said.length * 3,
    'the lines themselves are there',
  );
  assert.match(files.get('settings.txt') ?? '', /^connect\.token=\[redacted\]\nconnect\.name=ksocket$/m);
  assert.equal(files.get('policy.toml'), 'deny = ["10.99.0.0/16"]\n');
  const { ssh } = JSON.parse(files.get('credentials.json')!);
  assert.deepEqual(ssh.files, [
    {
      file: 'ssh/00_main.toml',
      mode: `600 ${process.getuid!()}:${process.getgid!()}`,
      includes: ['10.10.0.0/24'],
      excludes: [],
    },
  ]);
  assert.deepEqual(
    ssh.refused.map((it: { file: string }) => it.file),
    ['ssh/10_open.toml', 'ssh/20_field.toml', 'ssh/30_syntax.toml'],
  );
  for (const name of files.keys()) assert.ok(table.includes(`${name} `), `${name} is in the table`);
});

test('the journal of a running agent and the last scan are there as numbers, without what was found', async (t) => {
  const home = homeOf(t, { 'etc/ksocket/ksocket.toml': '' });
  assert.equal(await spawnKsocket(['scan', '127.0.0.9', '--no-collect'], home).ended, 0);
  const journal = openJournal(join(home, 'var/lib/ksocket/journal.db'), systemClock, systemRandom);
  t.after(() => journal.close());
  journal.adopt({ spaceId: 'sp_1', slotId: 'sl_1' });
  const order = { type: 'op', opId: 'op_1', opSeq: 1, kind: 'networks.scan', kindVersion: 1, class: 'safe' } as const;
  const limits = { startWithin: 60, timeLimit: 60, firstRun: 1, maxRuns: 3 };
  journal.accept({ ...order, ...limits, input: { start: ['10.7.7.7'] } }, Date.UTC(2026, 3, 3));
  const { files } = await bundle(t, home);
  const told = JSON.parse(files.get('journal.json')!);
  assert.equal(told.slot, 'sl_1');
  const { operation, count, oldest } = told.operations[0];
  assert.deepEqual([operation, count, oldest], ['networks.scan', 1, '2026-04-03T00:00:00Z']);
  assert.ok(!JSON.stringify(told).includes('10.7.7.7'));
  const scan = JSON.parse(files.get('last-scan.json')!);
  assert.deepEqual([scan.ended, scan.counts['seen, alive yes'], scan.summary.counts.alive], [true, 1, 1]);
});

test('what cannot be read is said inside, and the rest is there', async (t) => {
  const home = homeOf(t, {
    'etc/ksocket/ksocket.toml': '[connect]\nhots = "x"\ntoken = "canary-in-broken-settings"\n',
    'etc/ksocket/policy.toml': 'deny = ["10.0.0.0/99"]\n',
    'var/lib/ksocket/journal.db': 'this is no database, but it is long enough to look like one '.repeat(200),
    'var/log/ksocket/ksocket.log': 'a line with canary-in-broken-settings\n',
  });
  symlinkSync('/etc/hostname', join(home, 'var/log/ksocket/ksocket.log.1'));
  const { files, said } = await bundle(t, home, ['--no-diagnostics', '--json']);
  const report = JSON.parse(said) as { parts: { name: string; problem?: string }[] };
  const problemOf = (name: string) => report.parts.find((it) => it.name === name)?.problem ?? '';
  assert.match(problemOf('settings.txt'), /connect\.hots: unknown name; did you mean connect\.host\?/);
  assert.match(problemOf('policy.toml'), /is no address or network/);
  assert.match(problemOf('journal.json'), /journal\.db/);
  assert.match(problemOf('logs/ksocket.log.1'), /it is a link/);
  assert.equal(files.get('logs/ksocket.log.1'), '');
  assert.equal(files.get('logs/ksocket.log'), 'a line with [redacted]\n');
  assert.ok(JSON.parse(files.get('versions.json')!).libraries.ws);
  const listed = (JSON.parse(files.get('contents.json')!) as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(['contents.json', ...listed].sort(), [...files.keys()].sort());
});

test('the newest logs come first, and of the one that is too large its end', async (t) => {
  const home = homeOf(t, { 'var/log/ksocket/ksocket.log': `${'x'.repeat(99)}\n`.repeat(30_000) });
  const { files, said } = await bundle(t, home, ['--no-diagnostics', '--max-log-size', '1']);
  const log = files.get('logs/ksocket.log')!;
  assert.ok(log.length <= 1024 * 1024 && log.length > 1024 * 1024 - 200);
  assert.ok(log.startsWith('xxx') && log.indexOf('\n') === 99, 'it begins with a whole line');
  assert.match(said, /only the last 1048576 of 3000000 bytes/);
});

test('a file that is there is not replaced', async (t) => {
  const home = homeOf(t, { 'kept.tar.gz': 'mine' });
  const process = spawnKsocket(['support-bundle', '--no-diagnostics', '--output', join(home, 'kept.tar.gz')], home);
  assert.equal(await process.ended, 1);
  assert.match(process.errors(), /kept\.tar\.gz is there already; name another file with --output/);
  assert.equal(readFileSync(join(home, 'kept.tar.gz'), 'utf8'), 'mine');
  assert.deepEqual(
    readdirSync(home).filter((name) => name.endsWith('.new')),
    [],
  );
});
