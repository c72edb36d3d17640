/**
 * The real archive: installed, installed over while its program runs, killed at every step and in the middle of the copy, and taken away;
 * all of it below a temporary folder with a space and letters beyond ASCII in its name. `KSOCKET_ARCHIVE` names a tar.gz that is
 * there already; otherwise one is built.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { firstLine, watch } from '../start/processes.js';

const builder = fileURLToPath(new URL('../../installers/package/main.js', import.meta.url));
const given = process.env.KSOCKET_ARCHIVE;

function missing(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the archive is built for Linux x86_64';
  return given === undefined && !existsSync(builder) ? 'no archive and no builder' : undefined;
}

describe('the real archive', { skip: missing() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket real 設置-'));
  const home = join(folder, 'ksocket');
  const launcher = join(home, 'bin/ksocket');
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C.UTF-8', KSOCKET_HOME: undefined };
  const options = ['--directory', home, '--no-service'];
  const space = ['--host', 'space.example.com', '--token', 'ks1_secret'];

  const run = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8', env, input: '' });
  const install = (archive: string, ...args: string[]) => run(join(archive, 'ksinstall'), ...options, ...args);
  const version = () => run(launcher, 'version').stdout.trim();
  const versionOf = (archive: string) =>
    (JSON.parse(readFileSync(join(archive, 'payload/slot.json'), 'utf8')) as { version: string }).version;

  before(() => {
    const output = join(folder, 'built');
    if (given === undefined) {
      const words = ['--platform', 'linux-x86_64', '--archives-only', '--output', output];
      execFileSync(process.execPath, [builder, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const archive = given ?? join(output, readdirSync(output).find((name) => name.endsWith('.tar.gz'))!);
    mkdirSync(first);
    execFileSync('tar', ['xf', archive, '-C', first]);
    execFileSync('cp', ['-al', first, second]);
    for (const name of ['slot.json', 'app/package.json']) {
      const path = join(second, 'payload', name);
      const text = readFileSync(path, 'utf8').replace(/"version":( ?)"[^"]*"/, '"version":$1"9.9.9.9"');
      // It is one file with that of the first.
      rmSync(path);
      writeFileSync(path, text);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('it installs, and the installed program runs without anything of this checkout', () => {
    const { status, stdout, stderr } = install(first, ...space);
    assert.equal(status, 0, stdout + stderr);
    assert.equal(version(), versionOf(first));
    assert.equal(run(launcher, 'config', 'connect.host').stdout, 'space.example.com\n');
  });

  const titles = [
    'Check the free space',
    'Free the place',
    'Write the commands',
    'Write the settings',
    'Prepare the credential folders',
    'Set the permissions',
    'Switch to the new version',
  ];
  const moments: [string, (said: string, slot: string) => boolean][] = [
    ...titles.map((title): [string, (said: string) => boolean] => [title, (said) => said.includes(title)]),
    ['the first file of the copy', (_said, slot) => existsSync(`${slot}.new`)],
    ['the middle of the copy', (_said, slot) => existsSync(`${slot}.new/app/node_modules`)],
  ];
  for (const [title, isNow] of moments) {
    test(`killed at: ${title}; a whole version starts`, async () => {
      const active = readFileSync(join(home, 'usr/lib/ksocket/active'), 'utf8').trim();
      const slot = join(home, 'usr/lib/ksocket/slots', active === 'a' ? 'b' : 'a');
      const before = version();
      const next = before === '9.9.9.9' ? first : second;
      const child = spawn(join(next, 'ksinstall'), options, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (!isNow(said, slot) && child.exitCode === null) await turn();
      child.kill('SIGKILL');
      await ended;
      assert.equal(child.signalCode, 'SIGKILL', `it had ended before that: ${said}`);
      const now = version();
      assert.ok(now === before || now === versionOf(next), `${now} starts`);
      const again = install(next);
      assert.equal(again.status, 0, again.stdout + again.stderr);
      assert.equal(version(), versionOf(next));
      assert.deepEqual(readdirSync(join(home, 'usr/lib/ksocket/slots')).sort(), ['a', 'b']);
    });
  }

  test('installed over while it runs, the program goes on; a third time it is named instead of broken', async () => {
    const active = readFileSync(join(home, 'usr/lib/ksocket/active'), 'utf8').trim();
    const slot = join(home, 'usr/lib/ksocket/slots', active);
    const next = version() === '9.9.9.9' ? first : second;
    const later = `import(${JSON.stringify(join(slot, 'app/dist/core/config/index.js'))}).then(() => process.exit(7))`;
    const program = `process.stdin.once('data', () => ${later}); console.log('ready')`;
    const server = watch(spawn(join(slot, 'node/bin/node'), ['-e', program], { env, stdio: 'pipe' }));
    try {
      await firstLine(server);
      assert.equal(install(next).status, 0);
      const { status, stdout } = install(next);
      assert.equal(status, 1, stdout);
      assert.match(stdout, new RegExp(`still in use by process ${server.child.pid}`));
      const refused = run(join(home, 'ksuninstall'), '--yes', '--no-service');
      assert.equal(refused.status, 1);
      assert.match(refused.stdout, new RegExp(`process ${server.child.pid} still runs from`));
      assert.equal(version(), versionOf(next));
      // What it had not loaded yet is still there.
      server.child.stdin?.write('go');
      assert.equal(await server.ended, 7, server.errors());
    } finally {
      await server.stop();
    }
    assert.equal(install(next).status, 0);
  });

  test('it takes itself away from inside its directory', () => {
    const cwd = join(home, 'usr/lib/ksocket');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', '../../../ksuninstall --no-service'], {
      ...{ cwd, env, input: 'y\n', encoding: 'utf8' },
    });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^Are you sure to continue\? \[y\/N\]: /m);
    assert.ok(!existsSync(home));
  });
});
