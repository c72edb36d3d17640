/** ksinstall on a terminal: a real one (script(1) gives it, without a width, like a serial console), answered key by key. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ksinstallOf, makeArchive, temporaryFolder } from '../testing/archive.js';
import { installHere } from '../testing/installed.js';

const needsScript = existsSync('/usr/bin/script') ? {} : { skip: 'needs script(1) of util-linux' };

type Turn = readonly [seen: RegExp, keys: string];

/** Waits for each text, then types; everything that was shown comes back. */
async function talk(command: readonly string[], env: NodeJS.ProcessEnv, turns: readonly Turn[]) {
  const quoted = command.map((it) => `'${it}'`).join(' ');
  const child = spawn('script', ['-qec', quoted, '/dev/null'], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm', ...env },
  });
  const left = [...turns];
  let shown = '';
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (let turn = left[0]; turn?.[0].test(shown.slice(from)); turn = left[0]) {
      from = shown.length;
      child.stdin.write(turn[1]);
      left.shift();
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  assert.deepEqual(left, [], shown);
  return { code, shown };
}

async function stage(t: TestContext) {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  return { folder, archive, command: [...ksinstallOf(archive), '--no-service'], home: join(folder, 'ksocket') };
}

const down = '\u001b[B';

test(
  'it asks for directory, host, token and scan mode, refuses what the settings would, and never shows the token',
  needsScript,
  async (t) => {
    const { command, home } = await stage(t);
    const { code, shown } = await talk(command, {}, [
      [/Install directory/, `\u0015${home}\r`],
      [/Host \(of your space\)/, 'https://space/\r'],
      [/leave out the scheme/, '\u0015space.example.com\r'],
      [/Token/, 'ks1_typed\r'],
      [/Scan mode/, `${down}\r`],
      [/Install\?/, '\r'],
    ]);
    assert.equal(code, 0, shown);
    assert.doesNotMatch(shown, /ks1_typed/);
    assert.match(shown, /Switch to the new version \.{3,} OK \[3\.1\.0\]/);
    const settings = await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8');
    assert.match(settings, /^host = "space\.example\.com"$/m);
    assert.match(settings, /^token = "ks1_typed"$/m);
    assert.match(settings, /^networksScanMode = "azure"$/m);
  },
);

test('over an installation its answers are there already: Enter keeps all of them', needsScript, async (t) => {
  const { archive, command, home } = await stage(t);
  await installHere(archive, home);
  const before = await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8');
  const { code, shown } = await talk([...command, '--directory', home], { LC_ALL: 'ja_JP.UTF-8' }, [
    [/Host \(スペースのホスト名\)[\s\S]*space\.example\.com/, '\r'],
    [/空欄: 現在のトークンを維持する/, '\r'],
    [/スキャンモード/, '\r'],
    [/インストールしますか/, '\r'],
  ]);
  assert.equal(code, 0, shown);
  assert.equal(await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8'), before);
});

test('Ctrl-C at a question, and no at the last one, change nothing', needsScript, async (t) => {
  const { folder, command, home } = await stage(t);
  const given = ['--directory', home, '--host', 'h.example.com', '--token', 'x', '--mode', 'aws'];
  for (const [words, turns] of [
    [command, [[/Install directory/, '\u0003']]],
    [[...command, ...given], [[/Install\?/, 'n']]],
  ] as const) {
    const { code, shown } = await talk(words, {}, turns);
    assert.equal(code, 1, shown);
    assert.match(shown, /cancelled; nothing was changed/);
  }
  assert.deepEqual(await readdir(folder), ['archive']);
});
