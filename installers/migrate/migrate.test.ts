/** Old installations, made from the manual's text (6.4, 3.2), taken over; the old folder is compared byte by byte afterwards. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { packageRoot } from '../../core/config/index.js';
import { ksinstall } from '../install/ksinstall.js';
import { makeArchive, temporaryFolder } from '../testing/archive.js';
import { run, runHere } from '../testing/run.js';
import { planMigration } from './index.js';
import { judgeBy } from './judge.js';

const judge = await judgeBy(join(packageRoot, 'config-schema/generated'));

async function old(t: TestContext, files: Record<string, string | Buffer>) {
  const folder = await temporaryFolder(t);
  const from = join(folder, 'old ksocket');
  for (const [name, content] of Object.entries(files)) {
    const path = join(from, 'etc/ksocket', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, 0o644);
  }
  return { folder, from, home: join(folder, 'new') };
}

/** `kind what: text` of each change. */
const lines = (changes: readonly { kind: string; what: string; text: readonly [string, string] }[]): string[] =>
  changes.map(({ kind, what, text }) => `${kind} ${what}: ${text[0]}`);

const version1 = `connect:
  token: YourKsocketToken
  host: fixpoint.example.com
  insecure: yes
  heartbeat_timeout: 20.0
  heartbeat_interval: 40
  resume_timeout: 50
  resume_retries: "12"
  resume_plateau: 11
  resume_threshold: 130
  request_timeout: 70
  request_retries: 9
  max_operations: 99
  colour: blue
  port: 99999
loglevel: DEBUG
`;

const ssh = `# our hosts
includes = ["10.10.0.0/24"]

[account]
username = "john"
password = "passw0rd"

[[account.clientKeys]]
filename = "../../id_rsa.common" # shared
passphrase = "Common password"
`;

test('settings of version 1 get their new names, removed ones are told, and no token is shown', async (t) => {
  const { from, home } = await old(t, { 'ksocket.yaml': version1 });
  const { settings, changes } = await planMigration(from, home, judge);
  assert.deepEqual(Object.fromEntries(settings), {
    'connect.token': 'YourKsocketToken',
    'connect.host': 'fixpoint.example.com',
    'connect.heartbeatTimeout': 20,
    'connect.heartbeatInterval': 40,
    'connect.resumeTimeout': 50,
    'connect.resumeRetries': 12,
    'connect.resumePlateau': 11,
    'connect.resumeThreshold': 130,
    'connect.requestTimeout': 70,
    'connect.requestRetries': 9,
    'connect.maxOperations': 99,
    loglevel: 'DEBUG',
  });
  const told = lines(changes);
  assert.ok(told.includes('changed connect.heartbeat_timeout: now connect.heartbeatTimeout = 20'), told.join('\n'));
  assert.ok(told.includes('changed connect.resume_retries: now connect.resumeRetries = 12'));
  assert.ok(told.includes('taken connect.token: taken'));
  assert.ok(told.includes('taken connect.host: "fixpoint.example.com"'));
  assert.ok(told.some((it) => /^left out connect\.insecure: this setting is gone; .*KSOCKET_INSECURE/.test(it)));
  assert.ok(told.some((it) => /^left out connect\.colour: unknown name/.test(it)));
  assert.ok(told.some((it) => /^left out connect\.port: its value .*; the default holds$/.test(it)));
  assert.doesNotMatch(JSON.stringify(changes), /YourKsocketToken/);
});

test('paths into the old installation mean the new one', async (t) => {
  const { from, home } = await old(t, { 'ksocket.toml': '' });
  const text = `logfile = "${from}/var/log/ksocket/x.log"\n[directories]\ncredentials = "${from}/etc/ksocket/credentials"\n`;
  await writeFile(join(from, 'etc/ksocket/ksocket.toml'), text);
  const { settings } = await planMigration(from, home, judge);
  assert.deepEqual(Object.fromEntries(settings), { logfile: '$KSOCKET_HOME/var/log/ksocket/x.log' });
});

test('ksinstall --from takes all of it over, closes it, and leaves the old installation as it was', async (t) => {
  const yaml = 'includes: [10.0.0.1]\naccount: {username: u, password: p}\n';
  const { folder, from, home } = await old(t, {
    'ksocket.yaml': version1,
    'azure.toml': 'clientId = "a"\nsecret = "b"\ntenant = "c"\n',
    'id_rsa.common': 'a key',
    'credentials/ssh/00_common.toml': ssh,
    'credentials/ssh/_projectA/10.yaml': yaml,
    'credentials/ssh/99-example.toml.skeleton': 'old',
    'credentials/snmp/10.toml': 'includes = ["10.0.0.0/8"]\n[authData]\ncomunity = "public"\n',
    'credentials/telnet/10.toml': '',
  });
  const before = await snapshot(from);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const args = ['--directory', home, '--no-service', '--from', from];
  const { code, stdout, stderr } = await runHere((io) => ksinstall(args, io, archive.folder));
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await snapshot(from), before);
  assert.match(stdout, /^ {2}taken {5}credentials\/ssh\/00_common\.toml: copied, mode 644 → 640$/m);
  assert.match(stdout, /^ {2}to do {5}credentials\/ssh\/_projectA\/10\.yaml: YAML is deprecated/m);
  assert.match(
    stdout,
    /^ {2}to do {5}credentials\/snmp\/10\.toml: correct it: authData\.comunity: .*did you mean authData\.community\?/m,
  );
  assert.match(stdout, /^ {2}left out {2}credentials\/telnet: /m);
  assert.doesNotMatch(stdout, /passw0rd|YourKsocketToken/);
  const etc = join(home, 'etc/ksocket');
  assert.equal(await readFile(join(etc, 'credentials/ssh/00_common.toml'), 'utf8'), ssh);
  assert.equal(await readFile(join(etc, 'id_rsa.common'), 'utf8'), 'a key');
  assert.equal(await readFile(join(etc, 'credentials/ssh/_projectA/10.yaml'), 'utf8'), yaml);
  assert.match(await readFile(join(etc, 'azure.toml'), 'utf8'), /clientId/);
  for (const name of ['credentials/ssh/00_common.toml', 'id_rsa.common', 'azure.toml', 'ksocket.toml'])
    assert.equal((await stat(join(etc, name))).mode & 0o777, 0o640, name);
  assert.deepEqual(await readdir(join(etc, 'credentials')), ['snmp', 'ssh', 'winrm']);
  const ksocket = (name: string) => run([join(home, 'bin/ksocket'), 'config', name]);
  assert.equal((await ksocket('connect.maxOperations')).stdout, '99\n');
  assert.equal((await ksocket('connect.token')).stdout, 'YourKsocketToken\n');
});

test('encrypted files are named with the command that decrypts them, and do not come along', async (t) => {
  const fernet = `gAAAAA${'Bx7-_'.repeat(30)}==`;
  const { from, home } = await old(t, {
    'ksocket.toml': '',
    'credentials/ssh/fernet.toml': fernet,
    'credentials/ssh/binary.toml': Buffer.from([0x80, 0xff, 0, 1]),
    'credentials/ssh/base64.yaml': `${'QUJD'.repeat(40)}\n`,
    'credentials/ssh/field.toml': `includes = ["10.0.0.1"]\n[account]\nusername = "u"\npassword = "${fernet}"\n`,
    'credentials/ssh/plain.toml': ssh.replaceAll(/\[\[[\s\S]*/g, ''),
  });
  const { copies, changes } = await planMigration(from, home, judge);
  assert.deepEqual(
    copies.map(({ to }) => to),
    ['credentials/ssh/plain.toml'],
  );
  const todo = lines(changes).filter((it) => it.startsWith('to do'));
  assert.equal(todo.length, 4);
  for (const line of todo)
    assert.ok(line.includes(`${from}/bin/ksocket decrypt ${from}/etc/ksocket/credentials/ssh/`), line);
});

test('keys: named in full inside the old installation they are named anew; elsewhere they stay, and a link out is not followed', async (t) => {
  const { folder, from, home } = await old(t, {
    'ksocket.toml': '',
    'keys/mine': 'a key',
    'credentials/ssh/1.toml': '',
  });
  const file = (key: string) =>
    `includes = ["10.0.0.1"]\n[account]\nusername = "u"\n[[account.clientKeys]]\nfilename = "${key}"\n`;
  await writeFile(join(from, 'etc/ksocket/credentials/ssh/1.toml'), file(join(from, 'etc/ksocket/keys/mine')));
  await writeFile(join(from, 'etc/ksocket/credentials/ssh/2.toml'), file('/root/.ssh/id_rsa'));
  await writeFile(join(from, 'etc/ksocket/credentials/ssh/3.toml'), file('../../../../../secret'));
  await writeFile(join(folder, 'secret'), 'of root');
  await symlink(join(folder, 'secret'), join(from, 'etc/ksocket/credentials/ssh/4.key'));
  const { copies, changes } = await planMigration(from, home, judge);
  const content = (to: string) => copies.find((it) => it.to === to)?.content.toString();
  assert.equal(content('credentials/ssh/1.toml'), file(join(home, 'etc/ksocket/keys/mine')));
  assert.equal(content('keys/mine'), 'a key');
  assert.equal(content('credentials/ssh/2.toml'), file('/root/.ssh/id_rsa'));
  assert.equal(content('credentials/ssh/4.key'), undefined);
  const told = lines(changes).join('\n');
  assert.match(told, /to do credentials\/ssh\/2\.toml: its key \/root\/\.ssh\/id_rsa stays where it is/);
  assert.match(told, /to do credentials\/ssh\/3\.toml: its key \.\.\/.*secret is outside of etc\/ksocket/);
  assert.match(told, /to do credentials\/ssh\/4\.key: a link to .*secret, outside of the installation/);
});

test('what is there already stays; options outrank what is taken over; a second time changes nothing', async (t) => {
  const { folder, from, home } = await old(t, {
    'ksocket.yml': version1,
    'credentials/ssh/1.toml': ssh.replaceAll(/\[\[[\s\S]*/g, ''),
  });
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const install = (...args: string[]) =>
    runHere((io) => ksinstall(['--directory', home, '--no-service', '--from', from, ...args], io, archive.folder));
  assert.equal((await install('--host', 'other.example.com')).code, 0);
  const settings = join(home, 'etc/ksocket/ksocket.toml');
  assert.match(await readFile(settings, 'utf8'), /^host = "other\.example\.com"$/m);
  await writeFile(join(home, 'etc/ksocket/credentials/ssh/1.toml'), 'mine');
  const written = await readFile(settings, 'utf8');
  const { code, stdout } = await install('--host', 'other.example.com', '--json');
  assert.equal(code, 0);
  const report = JSON.parse(stdout) as { changes: { what: string; text: string }[] };
  assert.ok(report.changes.some(({ what, text }) => what === 'credentials/ssh/1.toml' && /there already/.test(text)));
  assert.equal(await readFile(join(home, 'etc/ksocket/credentials/ssh/1.toml'), 'utf8'), 'mine');
  assert.equal(await readFile(settings, 'utf8'), written);
});

test('a backup of etc/ksocket alone serves as well; anything else and the same place are refused', async (t) => {
  const { folder, from, home } = await old(t, {
    'ksocket.toml': '[connect]\nhost = "h.example.com"\n',
    'credentials/ssh/1.toml': ssh,
  });
  const { settings, copies } = await planMigration(join(from, 'etc/ksocket'), home, judge);
  assert.equal(settings.get('connect.host'), 'h.example.com');
  assert.equal(copies.length, 1);
  await assert.rejects(planMigration(join(folder, 'nothing'), home, judge), /--from .*nothing does not exist/);
  await assert.rejects(planMigration(folder, home, judge), /is no installation of Ksocket/);
  await assert.rejects(planMigration(from, from, judge), /are the same place/);
});

async function snapshot(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries.map(async (entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const { mode, mtimeMs } = await stat(path);
    return `${path} ${mode} ${mtimeMs} ${entry.isFile() ? (await readFile(path)).toString('base64') : ''}`;
  });
  return (await Promise.all(all)).sort();
}
