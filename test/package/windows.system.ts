/**
 * The Windows archive as an operator meets it, on wine with its service manager: built twice, unpacked, installed by ksinstall.exe into
 * a folder with spaces and letters beyond ASCII, connected to a real space as a service, updated, installed over, removed. What wine cannot
 * show: access lists (its icacls does nothing), elevation, PowerShell.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Windows, windowsObstacle } from '../service/windows.js';
import { firstLine, outputOf, type Running, spawnKsocket } from '../start/processes.js';
import { build, temporary } from './built.js';

const directory = 'C:\\会社 ksocket';

describe('the archive for Windows', { skip: windowsObstacle() ?? false }, () => {
  const { folder, remove } = temporary();
  const [first, second, later] = [join(folder, 'first'), join(folder, 'second'), join(folder, 'later')];
  const spaceHome = join(folder, 'space');
  const forWindows = ['--platform', 'windows-x86_64'];
  const named = (parent: string, ending: string) =>
    join(parent, readdirSync(parent).find((name) => name.endsWith(ending))!);
  let windows: Windows;
  let space: Running;
  let spaceUrl: URL;
  let publicKey = '';
  let unpacked = '';
  let home = '';

  before(async () => {
    const pair = generateKeyPairSync('ed25519');
    publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const key = join(folder, 'key.pem');
    writeFileSync(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    build(first, ...forWindows, '--archives-only');
    build(second, ...forWindows, '--archives-only');
    build(later, ...forWindows, '--build', '1', '--sign', key);
    windows = await Windows.open();
    home = join(windows.driveC, '会社 ksocket');
    unpacked = join(windows.driveC, 'unpacked');
    mkdirSync(unpacked);
    execFileSync('unzip', ['-q', named(first, '.zip'), '-d', unpacked]);
    execFileSync('cp', [named(later, '.update'), join(windows.driveC, 'next.update')]);
    space = spawnKsocket(['space', 'serve', '--port', '0'], spaceHome);
    spaceUrl = new URL(/http:\S+/.exec(await firstLine(space))![0]);
  });
  after(async () => {
    await space?.stop();
    await windows?.close();
    remove();
  });

  const at = { KS_DIR: directory };
  const ksocket = (args: string) => windows.run(`"%KS_DIR%\\bin\\ksocket.cmd" ${args}`, at);
  const ksinstall = (args: string) => windows.run(`C:\\unpacked\\ksinstall.exe --directory "%KS_DIR%" ${args}`, at);
  const ksuninstall = (args: string) => windows.run(`"%KS_DIR%\\ksuninstall.cmd" ${args}`, at);
  const succeeds = async (ended: Promise<{ code: number; output: string }>): Promise<string> => {
    const { code, output } = await ended;
    assert.equal(code, 0, output);
    return output;
  };
  const log = (): string => {
    const file = join(home, 'var/log/ksocket/ksocket.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const said = (what: string): number => log().split(what).length - 1;
  /** A session of the service, which is in the log. */
  const connected = async (times: number): Promise<void> => {
    const end = performance.now() + 90_000;
    while (said(' connected spaceId=') < times) {
      if (performance.now() > end) throw new Error(`no session ${times} within 90 s: ${log()}`);
      await sleep(200);
    }
  };

  test('two builds give the same bytes; the archive has ksinstall.exe at its top, NSSM, terms, and nothing of other systems', () => {
    assert.ok(readFileSync(named(first, '.zip')).equals(readFileSync(named(second, '.zip'))));
    assert.deepEqual(readdirSync(unpacked).sort(), ['ksinstall.exe', 'payload']);
    const names = readdirSync(join(unpacked, 'payload'), { recursive: true, encoding: 'utf8' });
    const programs = names.filter((name) => /\.(?:exe|cmd|node|dll)$/.test(name) && !name.includes('koffi'));
    assert.deepEqual(programs.sort(), [
      'app/node_modules/better-sqlite3/prebuilds/win32-x64.node',
      'launcher/bin/ksocket.cmd',
      'launcher/ksuninstall.cmd',
      'launcher/usr/lib/ksocket/ksservice.exe',
      'launcher/usr/lib/ksocket/nssm.exe',
      'node/bin/node.exe',
      'shortcut.exe',
    ]);
    const terms = readFileSync(join(unpacked, 'payload/app/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['Node.js', 'NSSM', 'better-sqlite3', 'koffi']) assert.ok(terms.includes(`\n${name}`), name);
  });

  test('ksinstall.exe installs it, and its service connects to the space', async () => {
    await outputOf(spawnKsocket(['space', 'slot', 'add', 'win', '--json'], spaceHome));
    const token = /ks1_[\w-]+/.exec(
      await outputOf(spawnKsocket(['space', 'token', 'issue', 'win', '--json'], spaceHome)),
    )![0];
    const to = `--host ${spaceUrl.hostname} --port ${spaceUrl.port} --protocol ws --token ${token}`;
    const output = await succeeds(ksinstall(`--yes ${to}`));
    assert.match(output, /^Close the folder for others \.+ OK/m);
    assert.match(output, /^Write the Start menu entries \.+ OK/m);
    assert.match(output, /^Restart the service \.+ OK/m);
    await connected(1);
    assert.equal(await succeeds(ksocket('version')), '3.0.0.0\n');
    const diagnostics = await succeeds(ksocket('diagnostics system'));
    assert.match(diagnostics, /^better-sqlite3 \.+ OK/m);
    assert.match(diagnostics, /^koffi \.+ OK .*calls C/m);
    assert.notEqual((await ksocket('nonsense')).code, 0);
  });

  test('an update is applied at the next start, shows that it works, and is confirmed at the one after', async () => {
    mkdirSync(join(home, 'etc/ksocket/update-keys'));
    writeFileSync(join(home, 'etc/ksocket/update-keys/mine.pem'), publicKey);
    await succeeds(ksocket('update apply C:\\next.update'));
    await succeeds(ksocket('service restart'));
    await connected(2);
    assert.equal(await succeeds(ksocket('version')), '3.0.0.1\n');
    await succeeds(ksocket('service restart'));
    await connected(3);
    assert.match(await succeeds(ksocket('update check')), /3\.0\.0\.1 confirmed/);
    // Each end before was a clean one.
    assert.equal(said(' ksocket ends'), 2);
  });

  test('it is installed over while the service runs, whose own programs are replaced under it', async () => {
    const programs = join(unpacked, 'payload/launcher/usr/lib/ksocket');
    for (const name of ['ksservice.exe', 'nssm.exe']) appendFileSync(join(programs, name), 'x');
    assert.match(await succeeds(ksinstall('--yes')), /^Free the place for the new version \.+ Skip/m);
    await connected(4);
    assert.equal(await succeeds(ksocket('version')), '3.0.0.0\n');
    for (const name of ['ksservice.exe', 'nssm.exe'])
      assert.ok(readFileSync(join(home, 'usr/lib/ksocket', name)).equals(readFileSync(join(programs, name))), name);
    const again = await ksinstall('--yes --no-service');
    assert.equal(again.code, 0, again.output);
    const third = await ksinstall('--yes --no-service');
    assert.match(third.output, /slots\\[ab] is still in use by a process/);
    assert.notEqual(third.code, 0);
  });

  test('ksuninstall.cmd removes the service and every file, the runtime that it runs on included', async () => {
    assert.notEqual((await ksuninstall('--wrong')).code, 0);
    assert.ok(!existsSync(join(home, 'uninstall')));
    await succeeds(ksuninstall('--yes'));
    const left = existsSync(home) ? readdirSync(home, { recursive: true }) : [];
    assert.deepEqual(left, []);
    const menu = join(windows.driveC, 'ProgramData/Microsoft/Windows/Start Menu/Programs/Fixpoint');
    assert.ok(!existsSync(menu));
  });
});
