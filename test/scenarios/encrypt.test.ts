/** `ksocket encrypt` and `decrypt` as an operator types them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ksocketProgram } from '../start/processes.js';
import { homeOf, ksocket } from './typed.js';

const asRoot = process.getuid?.() === 0;
const ssh = `# Server der Firma
includes = ["192.0.2.0/24"] # all
[account]
username = "john"
password = "canary-password" # secret
`;
const snmp = 'includes: [192.0.2.0/24]\nauthData: {community: canary-community} # c\n';

/** Every file below that says the word. */
const saying = (folder: string, word: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path, 'utf8').includes(word);
  });

test('files are encrypted and decrypted in place; a wrong one is told and keeps nobody else from it; a new key takes the place of the old', async (t) => {
  const home = await homeOf(t, {
    'ksocket.toml': '',
    'credentials/ssh/0.toml': ssh,
    'credentials/ssh/1_wrong.toml': 'includes = ["192.0.2.0/24"]\n[acount]\n',
    'credentials/snmp/0.yaml': snmp,
  });
  const etc = join(home, 'etc/ksocket');
  const file = (name: string) => join(etc, 'credentials', name);
  chmodSync(file('ssh/0.toml'), 0o640);
  if (asRoot) chownSync(file('ssh/0.toml'), 12_345, 12_346);
  const all = ['ssh/0.toml', 'ssh/1_wrong.toml', 'snmp/0.yaml'].map(file);

  const first = await ksocket(home, ['encrypt', ...all]);
  assert.equal(first.code, 1);
  assert.equal(first.stdout, `${all[0]}: 1 secret encrypted\n${all[2]}: 1 secret encrypted\n`);
  assert.match(first.stderr, /1_wrong\.toml: acount: unknown name; did you mean account\?/);
  assert.deepEqual(saying(home, 'canary'), []);
  assert.deepEqual(readdirSync(join(etc, 'credentials/ssh')).sort(), ['0.toml', '1_wrong.toml'], 'no draft is left');
  const encrypted = readFileSync(all[0]!, 'utf8');
  assert.match(
    encrypted,
    /^# Server der Firma\n.*# all\n\[account\]\nusername = "john"\npassword = "ksocket:1:\S+" # secret\n$/,
  );
  const { mode, uid, gid } = statSync(all[0]!);
  assert.equal(mode & 0o777, 0o640);
  if (asRoot) assert.deepEqual([uid, gid], [12_345, 12_346]);

  const again = await ksocket(home, ['encrypt', all[0]!, '--lang', 'ja']);
  assert.deepEqual([again.code, again.stdout], [0, `${all[0]}: 変更する項目はありません\n`]);
  assert.equal(readFileSync(all[0]!, 'utf8'), encrypted);

  rmSync(all[1]!);
  const renewed = await ksocket(home, ['encrypt', '--new-key', '--json']);
  assert.deepEqual(JSON.parse(renewed.stdout), {
    ok: true,
    files: [
      { file: all[2], changed: 1 },
      { file: all[0], changed: 1 },
    ],
  });
  assert.equal(keysIn(home).length, 2);
  writeFileSync(join(etc, 'credentials/0.toml.bak'), encrypted);
  const needed = await ksocket(home, ['encrypt', '--forget-old-keys']);
  assert.equal(needed.code, 1);
  assert.match(needed.stderr, /0\.toml\.bak needs an earlier key/);
  assert.equal(keysIn(home).length, 2);
  rmSync(join(etc, 'credentials/0.toml.bak'));
  const forgot = await ksocket(home, ['encrypt', '--forget-old-keys']);
  assert.match(forgot.stdout, /^1 earlier key forgotten; what is not below .*credentials \(.*was not looked at\n$/);
  assert.equal(keysIn(home).length, 1);
  assert.notEqual(readFileSync(all[0]!, 'utf8'), encrypted);

  if (asRoot) chownSync(all[0]!, 0, 0);
  chmodSync(all[0]!, 0o600);
  const matches = async () => (await ksocket(home, ['diagnostics', 'credentials', '192.0.2.1', '--no-try'])).stdout;
  assert.match(await matches(), /ssh\/0\.toml \.+ OK \[includes 192\.0\.2\.0\/24\]/);
  const widened = readFileSync(all[0]!, 'utf8').replace('192.0.2.0/24', '192.0.0.0/16');
  writeFileSync(all[0]!, widened);
  assert.match(await matches(), /ssh\/0\.toml \.+ Failed\n.*account\.password was encrypted for other includes/);
  writeFileSync(all[0]!, widened.replace('192.0.0.0/16', '192.0.2.0/24'));

  const back = await ksocket(home, ['decrypt', all[0]!, all[2]!]);
  assert.deepEqual([back.code, back.stdout], [0, `${all[0]}: 1 secret decrypted\n${all[2]}: 1 secret decrypted\n`]);
  assert.equal(readFileSync(all[0]!, 'utf8'), ssh);
  assert.equal(readFileSync(all[2]!, 'utf8'), snmp.replace('canary-community', '"canary-community"'));
});

const keysIn = (home: string): string[] =>
  readFileSync(join(home, 'etc/ksocket/credential.key'), 'utf8')
    .split('\n')
    .filter((it) => it !== '' && !it.startsWith('#'));

test('a new key while the credential files are not there, or not all, loses nothing', async (t) => {
  const home = await homeOf(t, { 'credentials/ssh/0.toml': ssh });
  const folder = join(home, 'etc/ksocket/credentials');
  const file = join(folder, 'ssh/0.toml');
  assert.equal((await ksocket(home, ['encrypt', file])).code, 0);
  renameSync(folder, `${folder}.away`);
  const missing = await ksocket(home, ['encrypt', '--new-key']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /the folder of credential files, .*credentials, cannot be read: ENOENT; is its volume/);
  assert.equal(keysIn(home).length, 1);
  mkdirSync(folder);
  const unmounted = await ksocket(home, ['encrypt', '--new-key']);
  assert.equal(unmounted.code, 0);
  assert.match(unmounted.stdout, /the earlier keys are kept in /);
  const forget = await ksocket(home, ['encrypt', '--forget-old-keys']);
  assert.equal(forget.code, 1);
  assert.match(forget.stderr, /nothing below .*credentials is encrypted with the present key; is its volume mounted\?/);
  rmdirSync(folder);
  renameSync(`${folder}.away`, folder);
  assert.equal((await ksocket(home, ['decrypt', file])).code, 0);
  assert.equal(readFileSync(file, 'utf8'), ssh);
});

test('a file that others may read gets no secret in clear text, and a draft of somebody who was killed goes', {
  skip: process.platform === 'win32' ? 'Windows has no modes' : false,
}, async (t) => {
  const home = await homeOf(t, { 'credentials/ssh/0.toml': ssh });
  const file = join(home, 'etc/ksocket/credentials/ssh/0.toml');
  assert.equal((await ksocket(home, ['encrypt', file])).code, 0);
  chmodSync(file, 0o644);
  const refused = await ksocket(home, ['decrypt', file]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /0\.toml may be read by every user of this machine \(mode 644\); chmod 640 /);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /canary/);
  chmodSync(file, 0o600);
  writeFileSync(`${file}.${spawnSync('true').pid}-1.new`, ssh);
  assert.equal((await ksocket(home, ['encrypt', file])).code, 0);
  assert.deepEqual(saying(home, 'canary'), []);
});

test('the ACL and the extended attributes of a file stay', {
  skip: ['setfacl', 'setfattr'].every((it) => existsSync(`/usr/bin/${it}`)) ? false : 'needs setfacl and setfattr',
}, async (t) => {
  const home = await homeOf(t, { 'credentials/ssh/0.toml': ssh });
  const file = join(home, 'etc/ksocket/credentials/ssh/0.toml');
  const run = (name: string, ...args: string[]) => spawnSync(name, [...args, file], { encoding: 'utf8' }).stdout;
  run('setfacl', '-m', 'u:65534:r');
  run('setfattr', '-n', 'user.owner', '-v', 'network team');
  const state = () => run('getfacl', '-n') + run('getfattr', '-d', '-m', '-');
  const before = state();
  assert.match(before, /user:65534:r--[\s\S]*user\.owner="network team"/);
  const { ino } = statSync(file);
  for (const command of ['encrypt', 'decrypt']) {
    const { code, stderr } = await ksocket(home, [command, file]);
    // What others may read gets no clear text; the group of the mask is root's here.
    assert.equal(code, 0, stderr);
    assert.equal(state(), before);
  }
  assert.notEqual(statSync(file).ino, ino, 'it was replaced');
});

test('what cannot be changed is left as it is: a file with a second name, one of no collector, none', async (t) => {
  const home = await homeOf(t, { 'credentials/ssh/0.toml': ssh, 'elsewhere.toml': ssh });
  const file = join(home, 'etc/ksocket/credentials/ssh/0.toml');
  const elsewhere = join(home, 'etc/ksocket/elsewhere.toml');
  linkSync(file, join(home, 'second name'));
  const { code, stderr } = await ksocket(home, ['encrypt', file, elsewhere, join(home, 'absent')]);
  assert.equal(code, 1);
  assert.match(stderr, /0\.toml has another name, under which it would stay as it is; find the other one/);
  assert.match(stderr, /elsewhere\.toml is in no folder of a collector below .*--collector \(.*ssh/);
  assert.match(stderr, /absent does not exist/);
  assert.equal(readFileSync(file, 'utf8'), ssh);
  assert.equal((await ksocket(home, ['encrypt', elsewhere, '--collector', 'ssh'])).code, 0);
  assert.equal((await ksocket(home, ['encrypt'])).code, 2);
});

test('on a disk that is full, or read-only, the file stays as it was and no draft is left', {
  skip: asRoot && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '' });
  const folder = join(home, 'etc/ksocket/credentials');
  const file = join(folder, 'ssh/0.toml');
  const run = `'${process.execPath}' '${ksocketProgram}' encrypt '${file}'`;
  for (const [state, sentence] of [
    [`dd if=/dev/zero of='${folder}/fill' bs=4k 2>/dev/null`, /the disk is full; free some space/],
    [`mount -o remount,ro '${folder}'`, /the file system is read-only; mount it for writing/],
  ] as const) {
    const script = [
      `mkdir -p '${folder}' && mount -t tmpfs -o size=64k tmpfs '${folder}' && mkdir '${folder}/ssh'`,
      `cat > '${file}' && chmod 600 '${file}'`,
      `${state}; ${run}; echo "code $?"; ls '${folder}/ssh'; cat '${file}'`,
    ].join('\n');
    const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
      input: ssh,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', KSOCKET_HOME: home },
    });
    assert.equal(stdout, `code 1\n0.toml\n${ssh}`, stderr);
    assert.match(stderr, sentence);
  }
});

test('a comment that still says what is encrypted is told with its line, whether something was changed or not', async (t) => {
  const text = ssh.replace('# secret', '# before 2024: canary-password').replace('"john"', '"password"');
  const home = await homeOf(t, { 'credentials/ssh/0.toml': text.replaceAll('\n', '\r\n') });
  const file = join(home, 'etc/ksocket/credentials/ssh/0.toml');
  for (const changed of [1, 0]) {
    const { code, stdout } = await ksocket(home, ['encrypt', file, '--json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { ok: true, files: [{ file, changed, linesInClear: [5] }] });
  }
  const said = await ksocket(home, ['encrypt', file, '--lang', 'ja']);
  assert.match(said.stderr, /0\.toml: 5 行目のコメントに、暗号化した認証情報が平文で残っています/);
  assert.doesNotMatch(said.stderr + said.stdout, /canary/);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/ # before.*/, ' # old'));
  assert.equal((await ksocket(home, ['encrypt', file])).stderr, '');
});
