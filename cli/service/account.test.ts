import assert from 'node:assert/strict';
import test from 'node:test';
import { ensureAccount, isAccountName, removeAccount } from './account.js';
import { answers, transcript } from './testing/recorded.js';

const ours = 'ksocket:x:998:998:Fixpoint ksocket service:/nonexistent:/usr/sbin/nologin\n';
const theirs = 'ksocket:x:998:998:somebody else:/home/ksocket:/bin/bash\n';
const group = { stdout: 'ksocket:x:998:\n' };
const useradd =
  'useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --comment Fixpoint ksocket service';

test('the account is made once, with a group of its own and no way to log in', async () => {
  const made = transcript(
    ['getent passwd ksocket', { code: 2 }],
    ['getent group ksocket', { code: 2 }],
    [`${useradd} --user-group ksocket`],
    ['getent passwd ksocket', { stdout: ours }],
    ['getent group 998', group],
    ['id -G ksocket', { stdout: '998 4\n' }],
  );
  const account = await ensureAccount(made.run, 'ksocket');
  made.ended();
  assert.deepEqual(account, {
    name: 'ksocket',
    uid: 998,
    gid: 998,
    group: 'ksocket',
    groups: [998, 998, 4],
    ours: true,
  });
});

test('a group that is there already becomes its group', async () => {
  const said = answers(['getent group ksocket', group], [`${useradd} --gid ksocket ksocket`]);
  await assert.rejects(ensureAccount(said.run, 'ksocket'), /was made, but getent does not know it/);
  assert.ok(said.lines.includes(`${useradd} --gid ksocket ksocket`));
});

test('where there is no useradd, BusyBox makes it', async () => {
  const busybox = transcript(
    ['getent passwd ksocket', { code: 2 }],
    ['getent group ksocket', { code: 2 }],
    [`${useradd} --user-group ksocket`, { code: 127 }],
    ['addgroup -S ksocket'],
    ['adduser -S -D -H -h /nonexistent -s /sbin/nologin -g Fixpoint ksocket service -G ksocket ksocket'],
    ['getent passwd ksocket', { stdout: ours }],
    ['getent group 998', group],
    ['id -G ksocket', { stdout: '998\n' }],
  );
  assert.ok((await ensureAccount(busybox.run, 'ksocket')).ours);
  busybox.ended();
});

test('where there is neither, it says what else can be done', async () => {
  await assert.rejects(ensureAccount(answers().run, 'ksocket'), (error: Error & { sentence: string }) => {
    assert.match(
      error.sentence,
      /addgroup -S ksocket: there is no such program; make a system user .* or use --user root/,
    );
    return true;
  });
});

test('no other account than ksocket is ever made', async () => {
  const said = answers();
  await assert.rejects(ensureAccount(said.run, 'ops'), /there is no user ops/);
  assert.deepEqual(said.lines, ['getent passwd ops']);
});

test('an account that somebody else made stays', async () => {
  const said = answers(['getent passwd ksocket', { stdout: theirs }], ['getent group 998', group]);
  assert.equal(await removeAccount(said.run), false);
  assert.ok(!said.lines.some((line) => /del/.test(line)));
});

test('ours goes, and its group where userdel left it', async () => {
  const removed = transcript(
    ['getent passwd ksocket', { stdout: ours }],
    ['getent group 998', group],
    ['id -G ksocket', { stdout: '998\n' }],
    ['userdel ksocket'],
    ['getent group ksocket', group],
    ['groupdel ksocket'],
  );
  assert.equal(await removeAccount(removed.run), true);
  removed.ended();
});

test('one that is still in use is no silent success', async () => {
  const said = answers(
    ['getent passwd ksocket', { stdout: ours }],
    ['userdel ksocket', { code: 8, stderr: 'userdel: user ksocket is currently used by process 77\n' }],
  );
  await assert.rejects(removeAccount(said.run), /currently used by process 77/);
});

test('a name that would be more than a name in a unit or a command line is none', () => {
  for (const name of ['ksocket', 'root', '_ops', 'a.b-c']) assert.ok(isAccountName(name), name);
  for (const name of ['', '-rf', 'a b', 'a\nUser=root', 'a:b', 'a/b', '%u', '1000'])
    assert.ok(!isAccountName(name), name);
});
