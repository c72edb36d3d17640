/** ksinstall without a terminal, from an unpacked archive into directories with spaces and letters beyond ASCII. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ksinstallOf, makeArchive, temporaryFolder } from '../testing/archive.js';
import { run, runHere, type Surroundings } from '../testing/run.js';
import { ksinstall } from './ksinstall.js';

async function stage(t: TestContext) {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const home = join(folder, 'ksocket');
  const install = (args: readonly string[], around?: Surroundings, from = archive) =>
    runHere((io) => ksinstall(['--directory', home, '--no-service', ...args], io, from.folder), around);
  const ksocket = (...args: string[]) => run([join(home, 'bin/ksocket'), ...args]);
  return { folder, archive, home, install, ksocket };
}

const space = ['--host', 'space.example.com', '--token', 'ks1_secret'];

test('a first installation runs, and has everything where the manual says', async (t) => {
  const { home, install, ksocket } = await stage(t);
  const { code, stdout, stderr } = await install([...space, '--mode', 'aws', '--port', '8443']);
  assert.equal(code, 0, stdout + stderr);
  assert.doesNotMatch(stdout + stderr, /ks1_secret/);
  assert.match(stdout, /^Space: wss:\/\/space\.example\.com:8443$/m);
  assert.match(stdout, /^Switch to the new version \.{3,} OK \[3\.1\.0\]$/m);
  assert.equal((await ksocket('version')).stdout, '3.1.0\n');
  for (const [name, value] of [
    ['connect.host', 'space.example.com'],
    ['connect.port', '8443'],
    ['connect.token', 'ks1_secret'],
    ['operations.networksScanMode', 'aws'],
  ])
    assert.equal((await ksocket('config', name!)).stdout, `${value}\n`);
  const settings = await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8');
  assert.match(settings, /^# Host name of the space\n#host = …\nhost = "space\.example\.com"$/m);
  for (const name of ['ssh', 'snmp'])
    assert.ok((await readdir(join(home, 'etc/ksocket/credentials', name))).includes('999-example.toml.skeleton'));
  assert.ok((await stat(join(home, 'etc/ksocket/credentials/winrm'))).isDirectory());
});

test('secrets are closed and the program is nobody else’s to change, whatever the umask', async (t) => {
  const { home, archive } = await stage(t);
  const command = [...ksinstallOf(archive), '--directory', home, '--no-service', ...space].map((it) => `'${it}'`);
  const { code, stderr } = await run(['sh', '-c', `umask 000; ${command.join(' ')}`]);
  assert.equal(code, 0, stderr);
  const modes: [string, number][] = [
    ['.', 0o755],
    ['etc/ksocket', 0o750],
    ['etc/ksocket/ksocket.toml', 0o640],
    ['etc/ksocket/credentials/ssh', 0o750],
    ['etc/ksocket/credentials/ssh/999-example.toml.skeleton', 0o640],
    ['var/lib/ksocket', 0o750],
    ['var/log/ksocket', 0o750],
    ['usr/lib/ksocket/active', 0o644],
    ['usr/lib/ksocket/slots/a', 0o755],
    ['usr/lib/ksocket/slots/a/slot.json', 0o644],
    ['bin/ksocket', 0o755],
  ];
  for (const [name, mode] of modes)
    assert.equal(((await stat(join(home, name))).mode & 0o777).toString(8), mode.toString(8), name);
});

test('installed over, it changes version and what was answered; settings, comments and credential files stay', async (t) => {
  const { folder, home, install, ksocket } = await stage(t);
  assert.equal((await install(space)).code, 0);
  const file = join(home, 'etc/ksocket/ksocket.toml');
  const written = `# mine\n${(await readFile(file, 'utf8')).replace('loglevel = "INFO"', 'loglevel = "INFO"\nloglevel = "DEBUG" # loud')}`;
  await writeFile(file, written);
  const credential = join(home, 'etc/ksocket/credentials/ssh/10.toml');
  await writeFile(credential, 'includes = []');
  await chmod(credential, 0o600);
  const next = await makeArchive(join(folder, 'next'), '3.2.0');
  const { code, stdout } = await install([], {}, next);
  assert.equal(code, 0);
  assert.match(stdout, /^Version: 3\.1\.0 → 3\.2\.0/m);
  assert.match(stdout, /^Write the settings \.{3,} Skip/m);
  assert.equal((await ksocket('version')).stdout, '3.2.0\n');
  assert.equal(await readFile(file, 'utf8'), written);
  assert.equal(await readFile(credential, 'utf8'), 'includes = []');
  assert.equal((await stat(credential)).mode & 0o777, 0o600);
  assert.equal((await install(['--mode', 'azure'], {}, next)).code, 0);
  const changed = await readFile(file, 'utf8');
  assert.match(changed, /^networksScanMode = "azure"$/m);
  assert.equal(changed.replace('networksScanMode = "azure"\n', ''), written);
});

test('the token comes from a file, from the standard input or from the environment; options outrank the environment', async (t) => {
  const { folder, install, ksocket } = await stage(t);
  const token = async () => (await ksocket('config', 'connect.token')).stdout.trim();
  await writeFile(join(folder, 'token'), ' ks1_file\n');
  const env = { KSOCKET_HOST: 'env.example.com', KSOCKET_TOKEN: 'ks1_env', KSOCKET_MODE: 'aws' };
  assert.equal((await install(['--host', 'h.example.com', '--token-file', join(folder, 'token')])).code, 0);
  assert.equal(await token(), 'ks1_file');
  assert.equal((await install(['--token-file', '-'], { input: 'ks1_stdin\n' })).code, 0);
  assert.equal(await token(), 'ks1_stdin');
  assert.equal((await install(['--mode', 'azure'], { env })).code, 0);
  assert.equal(await token(), 'ks1_env');
  assert.equal((await ksocket('config', 'connect.host')).stdout, 'env.example.com\n');
  assert.equal((await ksocket('config', 'operations.networksScanMode')).stdout, 'azure\n');
  assert.equal((await install(['--token-file', join(folder, 'token')], { env })).code, 0);
  assert.equal(await token(), 'ks1_file');
});

for (const [title, args, code, pattern] of [
  ['no host', ['--token', 'x'], 2, /^ksinstall: --host is missing: name the host of your space/],
  ['no token', ['--host', 'h.example.com', '--yes'], 2, /^ksinstall: --token-file is missing/],
  ['a URL as the host', ['--host', 'https://h', '--token', 'x'], 2, /--host "https:\/\/h": is no host name; leave out/],
  ['an unknown mode', [...space, '--mode', 'cloud'], 2, /^ksinstall: --mode "cloud": /],
  ['a port that is none', [...space, '--port', '70000'], 2, /^ksinstall: --port "70000": /],
  ['a token with a line break inside', ['--host', 'h', '--token', 'a\nb'], 2, /^ksinstall: --token: is no token/],
  ['two tokens', ['--host', 'h', '--token', 'a', '--token-file', 'b'], 2, /give one of them/],
  ['an unknown option', ['--hots', 'h'], 2, /^ksinstall: Unknown option '--hots'$/m],
  [
    'a missing token file',
    ['--host', 'h', '--token-file', '/nonexistent/token'],
    1,
    /\/nonexistent\/token does not exist/,
  ],
  ['the root', [...space, '--directory', '/'], 1, /may not be the root of the file system/],
  ['a relative directory', [...space, '--directory', 'ksocket'], 1, /must be a whole path/],
] as const) {
  test(`${title}: one sentence, exit code ${code}, and nothing is there`, async (t) => {
    const { folder, install } = await stage(t);
    const ended = await install(args);
    assert.equal(ended.code, code);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.stderr.trim().split('\n').length, 1);
    assert.deepEqual(await readdir(folder), ['archive']);
  });
}

test('Japanese where the locale is, and the lines that scripts read stay English', async (t) => {
  const { install } = await stage(t);
  const missing = await install([], { env: { LC_ALL: 'ja_JP.UTF-8' } });
  assert.match(missing.stderr, /--host がありません/);
  const { stdout } = await install([...space, '--lang', 'ja']);
  assert.match(stdout, /^スペース: wss:\/\/space\.example\.com:443$/m);
  assert.match(stdout, /^Switch to the new version \.{3,} OK \[3\.1\.0\]$/m);
});

test('--json is one document that holds no token', async (t) => {
  const { home, install } = await stage(t);
  const { code, stdout } = await install([...space, '--json']);
  assert.equal(code, 0);
  const report = JSON.parse(stdout) as { ok: boolean; directory: string; version: string; steps: { status: string }[] };
  assert.deepEqual([report.ok, report.directory, report.version], [true, home, '3.1.0']);
  assert.ok(report.steps.length > 5 && report.steps.every(({ status }) => status === 'ok' || status === 'skip'));
  assert.doesNotMatch(stdout, /ks1_secret/);
});

test('what is no Ksocket is not touched, and the vendor’s is told how to take over', async (t) => {
  const { home, install } = await stage(t);
  await mkdir(join(home, 'photos'), { recursive: true });
  assert.match((await install(space)).stderr, /is not empty and holds no Ksocket/);
  await mkdir(join(home, 'etc/ksocket/credentials'), { recursive: true });
  assert.match((await install(space)).stderr, /not of this kind.*ksinstall --from .*ksocket\.old/);
  assert.deepEqual((await readdir(home)).sort(), ['etc', 'photos']);
});

test('an archive for another machine says which one is needed', async (t) => {
  const { folder, home, install } = await stage(t);
  const { code, stdout } = await install(space, {}, await makeArchive(join(folder, 'other'), '3.1.0', 'linux-mips'));
  assert.equal(code, 1);
  assert.match(stdout, /Failed\n {2}not supported: this archive is for linux-mips, this machine is linux-/);
  await assert.rejects(stat(home), { code: 'ENOENT' });
});

test('settings that cannot be read end it before anything is changed', async (t) => {
  const { home, install, ksocket } = await stage(t);
  assert.equal((await install(space)).code, 0);
  await writeFile(join(home, 'etc/ksocket/ksocket.toml'), '[connect]\nhots = "x"\n');
  const { code, stderr } = await install(space);
  assert.equal(code, 1);
  assert.match(stderr, /connect\.hots: unknown name; did you mean connect\.host\?/);
  assert.deepEqual(await readdir(join(home, 'usr/lib/ksocket/slots')), ['a']);
  assert.equal((await ksocket('version')).stdout, '3.1.0\n');
});
