/** Folders to which others may write, with real modes and a second user who uses them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { z } from 'zod';
import { collector, secret } from '../contract/index.js';
import { Redactor } from '../runtime/index.js';
import { type Accounts, localAccounts } from './accounts.js';
import { readBook, readers, StrictModes } from './index.js';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux';
/** A user of this machine; `service` is one, too. */
const [neighbour, service, administrator] = [12_345, 12_346, 12_347];

const ssh = collector({
  name: 'ssh',
  doc: '',
  credential: z.strictObject({ account: z.strictObject({ username: z.string(), password: secret() }) }),
  setup: () => ({ open: () => assert.fail() }),
});
const text = 'includes = ["10.0.0.0/8"]\n[account]\nusername = "u"\npassword = "hunter22"\n';

/** As installers make it: KSOCKET_HOME/etc/ksocket/credentials/ssh/0.toml. */
function installation(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-modes-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  chmodSync(home, 0o755);
  const credentials = join(home, 'etc/ksocket/credentials');
  const folder = join(credentials, 'ssh');
  mkdirSync(folder, { recursive: true });
  for (const it of [folder, credentials, dirname(credentials)]) {
    chownSync(it, 0, service);
    chmodSync(it, 0o2750);
  }
  write(join(folder, '0.toml'));
  const read = async () => {
    const { files, broken } = await readBook(credentials, ssh, new Redactor(), undefined);
    return { files: files.map(({ name }) => name), broken: broken.map(({ name, reason }) => `${name}: ${reason}`) };
  };
  return { home, credentials, folder, read };
}

function write(path: string): void {
  writeFileSync(path, text);
  chownSync(path, 0, service);
  chmodSync(path, 0o640);
}

const as = (uid: number, ...command: string[]) =>
  spawnSync('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...command]).status;

/** The command that a refusal ends with, run as it is. */
function obey(refusal: string): void {
  execFileSync('sh', ['-c', refusal.slice(refusal.lastIndexOf('; ') + 2).replace(/^if .*?: /, '')]);
}

test('where everybody may write no file is used, one that a neighbour put in front neither; the command told closes it', {
  skip,
}, async (t) => {
  for (const place of ['.', 'etc', 'etc/ksocket', 'etc/ksocket/credentials', 'etc/ksocket/credentials/ssh']) {
    const { home, read } = installation(t);
    const open = join(home, place);
    chmodSync(join(home, 'etc/ksocket/credentials/ssh/0.toml'), 0o600);
    for (const it of ['etc/ksocket', 'etc/ksocket/credentials']) chmodSync(join(home, it), 0o755);
    assert.deepEqual(await read(), { files: ['ssh/0.toml'], broken: [] });
    chmodSync(open, 0o777);
    assert.equal(as(neighbour, 'touch', join(open, '00.toml')), 0, 'the neighbour really may');
    const { files, broken } = await read();
    assert.deepEqual(files, []);
    const at = place === '.' ? home : open;
    const told = `ssh/: credential file not usable: ${at} may be written to by every user of this machine (mode 777); chmod`;
    assert.deepEqual([broken.length, broken[0]!.replace('go-w', 'o-w')], [1, `${told} o-w ${at}`]);
    rmSync(join(open, '00.toml'));
    obey(broken[0]!);
    assert.deepEqual(await read(), { files: ['ssh/0.toml'], broken: [] }, place);
  }
});

test('a folder below that is open is told with its name, and the files beside it are used', { skip }, async (t) => {
  const { folder, read } = installation(t);
  mkdirSync(join(folder, '1 open'));
  write(join(folder, '1 open/0.toml'));
  chmodSync(join(folder, '1 open'), 0o1777);
  write(join(folder, '2.toml'));
  const { files, broken } = await read();
  assert.deepEqual(files, ['ssh/0.toml', 'ssh/2.toml']);
  assert.equal(broken.length, 1);
  assert.match(broken[0]!, /^ssh\/1 open\/: .* \(mode 1777\); chmod o-w '/, 'the sticky bit keeps no file out');
  obey(broken[0]!);
  assert.deepEqual((await read()).files, ['ssh/0.toml', 'ssh/1 open/0.toml', 'ssh/2.toml']);
});

test('a link leads only through folders that others cannot change, and what was found is asked again each time', {
  skip,
}, async (t) => {
  const { home, credentials, folder } = installation(t);
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  write(join(elsewhere, 'x.toml'));
  symlinkSync('../../../../elsewhere/x.toml', join(folder, '1.toml'));
  const book = await readBook(credentials, ssh, new Redactor(), undefined);
  assert.equal(book.files.length, 2);
  chmodSync(elsewhere, 0o777);
  const again = await readBook(credentials, ssh, new Redactor(), book);
  assert.deepEqual(
    again.files.map((it) => it.name),
    ['ssh/0.toml'],
  );
  assert.match(again.broken[0]!.reason, /elsewhere may be written to by every user/);
  obey(again.broken[0]!.reason);
  assert.equal((await readBook(credentials, ssh, new Redactor(), again)).files.length, 2);

  const linked = join(home, 'linked');
  mkdirSync(linked);
  symlinkSync(elsewhere, join(linked, 'ssh'));
  chmodSync(linked, 0o777);
  const { broken } = await readBook(linked, ssh, new Redactor(), undefined);
  assert.match(broken[0]!.reason, /linked may be written to/, 'whoever may replace the link');
});

test('in a folder with the sticky bit what is root’s or ours is believed, and what a neighbour made is not', {
  skip,
}, async (t) => {
  const { home, folder, read } = installation(t);
  chmodSync(home, 0o1777);
  assert.equal((await read()).broken.length, 0);
  rmSync(join(home, 'etc'), { recursive: true });
  assert.equal(as(neighbour, 'mkdir', '-p', '-m', '755', folder), 0);
  assert.equal(as(neighbour, 'sh', '-c', `umask 077; echo '${text}' > '${folder}/0.toml'`), 0);
  const { files, broken } = await read();
  assert.deepEqual(files, []);
  assert.match(broken[0]!, /etc belongs to user 12345, in a folder that is open to every user .*; .*: chown -h root /);
});

test('a group may write if it is the service’s, or has nobody in it but those who may anyway', { skip }, async (t) => {
  const { home, credentials, folder, read } = installation(t);
  // Root takes the group to which root has given the folder.
  for (const it of [credentials, folder]) chmodSync(it, 0o2770);
  assert.deepEqual((await read()).broken, []);
  for (const it of [credentials, folder]) chmodSync(it, 0o2750);

  const accounts: Accounts = {
    ofGroup: (gid) => ({ 50: [administrator], 100: [administrator, neighbour] })[gid] ?? [],
    addedTo: (gid) => ({ 50: [], 60: [neighbour], 70: [] })[gid],
  };
  const refusal = async (gid: number, groups: number[] = [], uid = administrator) => {
    chownSync(join(home, 'etc'), uid, gid);
    chmodSync(join(home, 'etc'), 0o775);
    return (await new StrictModes(new Set(groups), async () => accounts).refusal(folder))?.sentence;
  };
  assert.equal(await refusal(50), undefined, 'the private group of its owner');
  assert.equal(await refusal(70), undefined, 'a group of nobody');
  assert.equal(await refusal(60, [60]), undefined, 'root has put them into the service’s group');
  assert.equal(await refusal(0), undefined);
  for (const [gid, groups, uid] of [
    [50, [], 0],
    [60, [], 0],
    [80, [], 0],
    // That of all users is the group of whoever runs a scan, too.
    [100, [100], administrator],
  ] as const) {
    const told = await refusal(gid, [...groups], uid);
    assert.match(told ?? '', new RegExp(`etc may be written to by group ${gid}, .* \\(mode 775\\); chmod g-w /`));
    obey(told!);
    assert.equal(await new StrictModes(new Set(), async () => accounts).refusal(folder), undefined);
  }
});

test('whoever a folder was given to is believed, and named', { skip }, async (t) => {
  const { credentials, folder, read } = installation(t);
  chownSync(folder, administrator, service);
  assert.deepEqual(await read(), { files: ['ssh/0.toml'], broken: [] });
  const modes = new StrictModes(await readers(credentials));
  assert.deepEqual(await modes.owners(folder), [{ path: folder, uid: administrator }]);
});

test('a volume that is mounted read-only may have any mode, as those of Kubernetes have', { skip }, (t) => {
  const { home, credentials } = installation(t);
  const index = new URL('./index.js', import.meta.url).href;
  const script = `const { StrictModes } = await import('${index}');
    const it = await new StrictModes(new Set()).refusal('${credentials}/ssh', { isSearched: true });
    console.log(it?.message ?? 'fine');`;
  const run = `'${process.execPath}' --input-type=module -e "$SCRIPT"`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--mount', 'sh', '-ec'],
      `mount -t tmpfs -o mode=1777 tmpfs '${credentials}' && mkdir -m 1777 '${credentials}/ssh'
       ${run}; mount -o remount,ro '${credentials}'; ${run}`,
    ],
    { encoding: 'utf8', env: { ...process.env, SCRIPT: script } },
  );
  const [writable, readOnly] = stdout.split('\n');
  assert.match(writable ?? '', /ssh may be written to by every user/, stderr + home);
  assert.equal(readOnly, 'fine');
});

test('who is in a group is read from this machine’s files, and an unknown group is not an empty one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-accounts-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')];
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\njohn:x:1000:100::/:/bin/sh\njane:x:1001:100::/:/bin/sh\n+::::::\n');
  writeFileSync(group, 'root:x:0:\nusers:x:100:\nadmins:x:200:john,stranger\nempty:x:300:\n+\n');
  const accounts = await localAccounts(passwd, group);
  assert.deepEqual(accounts.ofGroup(100), [1000, 1001]);
  assert.deepEqual([100, 200, 300, 400].map(accounts.addedTo), [[], [1000, -1], [], undefined]);
  const none = await localAccounts(join(folder, 'none'), join(folder, 'none'));
  assert.deepEqual([none.ofGroup(0), none.addedTo(0)], [[], undefined]);
});
