/** ksuninstall as it is run: by the launcher of an installation. */
import assert from 'node:assert/strict';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ksinstallOf, makeArchive, temporaryFolder } from '../testing/archive.js';
import { installHere } from '../testing/installed.js';
import { run, type Surroundings } from '../testing/run.js';

async function installed(t: TestContext) {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const home = join(folder, 'fixpoint', 'ksocket');
  await installHere(archive, home);
  const uninstall = (args: readonly string[] = [], around?: Surroundings) =>
    run([join(home, 'ksuninstall'), ...args], around);
  return { folder, archive, home, uninstall };
}

const gone = (path: string) => assert.rejects(stat(path), { code: 'ENOENT' });

test('it asks in the words of the manual, and y takes everything away', async (t) => {
  const { folder, home, uninstall } = await installed(t);
  const { code, stdout } = await uninstall([], { input: 'y\n' });
  assert.equal(code, 0);
  assert.ok(
    stdout.startsWith(`This is a ksocket uninstaller and it will:

- Unregister ksocket service (systemd/upstart/windows service)
- Remove the files installed under '${home}'

DO NOT FORGET TO BACKUP CONFIGURATIONS if you will re-install ksocket later.

Are you sure to continue? [y/N]: `),
    stdout,
  );
  await gone(home);
  await gone(join(folder, 'fixpoint'));
});

for (const input of ['\n', 'n\n', 'yesterday\n']) {
  test(`${JSON.stringify(input)} is no yes: nothing is removed`, async (t) => {
    const { home, uninstall } = await installed(t);
    const { code, stdout } = await uninstall([], { input });
    assert.equal(code, 0);
    assert.match(stdout, /Nothing was removed/);
    assert.equal((await run([join(home, 'bin/ksocket'), 'version'])).stdout, '3.1.0\n');
  });
}

test('without an answer it names --yes; Japanese asks in Japanese', async (t) => {
  const { home, uninstall } = await installed(t);
  const { code, stderr } = await uninstall();
  assert.deepEqual([code, stderr], [2, 'ksuninstall: --yes is missing: there is no terminal to ask on\n']);
  const { stdout } = await uninstall([], { input: 'n\n', env: { LC_ALL: 'ja_JP.UTF-8' } });
  assert.match(stdout, /続行してよろしいですか\? \[y\/N\]: /);
  assert.ok((await stat(home)).isDirectory());
});

test('run from inside the directory it goes away all the same, with its files in use', async (t) => {
  const { home, uninstall } = await installed(t);
  const { code, stdout, stderr } = await uninstall(['--yes'], { cwd: join(home, 'usr/lib/ksocket/slots/a/app') });
  assert.equal(code, 0, stdout + stderr);
  await gone(home);
});

test('what the operator added stays and is named; what links lead to is not followed', async (t) => {
  const { folder, home, uninstall } = await installed(t);
  await mkdir(join(home, 'plugins/mine'), { recursive: true });
  await writeFile(join(home, 'plugins/mine/index.js'), '');
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere/precious'), '');
  await symlink(join(folder, 'elsewhere'), join(home, 'var/log/ksocket/archive'));
  const { code, stdout } = await uninstall(['--yes']);
  assert.equal(code, 0);
  assert.ok(stdout.includes(`stay:\n  ${join(home, 'plugins/mine/index.js')}\n`), stdout);
  assert.deepEqual(await readdir(home), ['plugins']);
  assert.deepEqual(await readdir(join(folder, 'elsewhere')), ['precious']);
});

test('--keep-config keeps etc/ksocket, says so, and the next installation uses it', async (t) => {
  const { archive, home, uninstall } = await installed(t);
  const { code, stdout } = await uninstall(['--yes', '--keep-config']);
  assert.equal(code, 0);
  assert.match(stdout, /The configurations in '.*etc\/ksocket' stay\./);
  assert.deepEqual(await readdir(home), ['etc']);
  const again = await run([...ksinstallOf(archive), '--directory', home, '--no-service']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal((await run([join(home, 'bin/ksocket'), 'config', 'connect.host'])).stdout, 'space.example.com\n');
});

test('no other directory is taken for an installation, whatever the environment says', async (t) => {
  const { folder, home, uninstall } = await installed(t);
  await mkdir(join(folder, 'other/etc/ksocket'), { recursive: true });
  for (const directory of ['/', join(folder, 'other'), join(folder, 'nothing')]) {
    const { code, stderr } = await uninstall(['--yes', '--directory', directory]);
    assert.equal(code, 1);
    assert.match(stderr, /is no installation of Ksocket|does not exist/);
  }
  const { stdout } = await uninstall(['--yes', '--json'], { env: { KSOCKET_HOME: join(folder, 'other') } });
  const report = JSON.parse(stdout) as { ok: boolean; directory: string; left: string[] };
  assert.deepEqual([report.ok, report.directory, report.left], [true, home, []]);
  await gone(home);
  assert.deepEqual(await readdir(join(folder, 'other')), ['etc']);
});

test('an installation that was never completed can be taken away', async (t) => {
  const { archive, folder } = await installed(t);
  const home = join(folder, 'half');
  await mkdir(join(home, 'usr/lib/ksocket/slots/a.new/app'), { recursive: true });
  const program = [...ksinstallOf(archive)].map((it) => it.replace('/install/main.js', '/uninstall/main.js'));
  const { code, stderr } = await run([...program, '--directory', home, '--yes']);
  assert.equal(code, 0, stderr);
  await gone(home);
});
