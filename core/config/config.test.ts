import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { Failure } from '../contract/index.js';
import { endpointOf, expandHome, findHome, parseDocument, readSettings } from './index.js';

async function homeWith(t: { after(run: () => unknown): void }, files: Record<string, string | Uint8Array>) {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-config-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'etc/ksocket'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, 'etc/ksocket', name), text);
  return findHome({ KSOCKET_HOME: directory });
}

test('TOML is read and frozen, defaults fill what it leaves out', async (t) => {
  const home = await homeWith(t, { 'ksocket.toml': '[connect]\nhost = "space.example"\ntoken = "t0ken"\n' });
  const { settings, warnings } = await readSettings(home, { optional: false });
  assert.equal(settings.connect.token?.reveal(), 't0ken');
  assert.equal(endpointOf(settings).href, 'wss://space.example/api/ksocket/connect');
  assert.deepEqual(warnings, []);
  assert.throws(() => Object.assign(settings.connect, { port: 1 }), TypeError);
});

test('a settings file of nothing, or of comments, says nothing', () => {
  for (const path of ['x.toml', 'x.yaml'])
    for (const text of ['', '\n\n', '# later\n']) assert.deepEqual({ ...(parseDocument(text, path) as object) }, {});
});

test('YAML 1.1 still works, with a warning', async (t) => {
  const home = await homeWith(t, {
    'ksocket.yaml': 'connect:\n  host: space.example\n  port: 0o700\n'.replace('0o700', '0700'),
  });
  const { settings, warnings } = await readSettings(home, { optional: false });
  assert.equal(settings.connect.port, 448, 'YAML 1.1 reads a leading zero as octal');
  assert.match(warnings[0]!, /deprecated/);
});

test('a file that cannot be used ends in one sentence with file, place and remedy', async (t) => {
  for (const [name, content, pattern] of [
    ['ksocket.toml', '[connect]\nhost = \n', /ksocket\.toml:2:\d+ is no TOML: /],
    ['ksocket.yaml', 'connect: [\n', /ksocket\.yaml:\d+:\d+ is no YAML: /],
    ['ksocket.toml', '[connect]\nprot = "ws"\n', /connect\.prot: unknown name; did you mean connect\.port\?; correct /],
    ['ksocket.toml', '[connect]\nport = "443"\n', /ksocket\.toml: connect\.port: .*number/],
    ['ksocket.toml', new Uint8Array([0x61, 0xff, 0xfe]), /is not UTF-8; save the file as UTF-8/],
  ] as const) {
    const home = await homeWith(t, { [name]: content });
    await assert.rejects(readSettings(home, { optional: false }), (e: Failure) => {
      assert.equal(e.code, 'E_INPUT');
      assert.match(e.sentence, pattern);
      assert.ok(!e.sentence.includes('\n'));
      return true;
    });
  }
});

test('a short YAML file that means more than memory holds is refused, and aliases that are of use are read', () => {
  const tens = (n: number) => Array.from({ length: 10 }, () => `*a${n}`).join(', ');
  const levels = Array.from({ length: 9 }, (_, n) => `  - &a${n + 1} [${tens(n)}]\n`).join('');
  const bomb = `account:\n  username:\n  - &a0 [${'x, '.repeat(9)}x]\n${levels.replaceAll('  -', '    -')}`;
  assert.throws(() => parseDocument(bomb.replace('  - &a0', '    - &a0'), '0.yaml'), {
    code: 'E_INPUT',
    message: /^0\.yaml says the same things again and again by its aliases/,
  });
  assert.deepEqual(parseDocument('a: &a {x: 1}\nb: *a\n', '0.yaml'), { a: { x: 1 }, b: { x: 1 } });
  // An object may hold itself.
  assert.throws(() => parseDocument('a: &a [*a]\n', '0.yaml'), { code: 'E_INPUT' });
});

test('no file is an error for connect and the defaults for scan', async (t) => {
  const home = await homeWith(t, {});
  await assert.rejects(readSettings(home, { optional: false }), /does not exist/);
  assert.equal((await readSettings(home, { optional: true })).settings.connect.port, 443);
});

test('a file that may not be read says so', {
  skip: process.getuid === undefined ? 'modes of POSIX' : false,
}, async (t) => {
  const home = await homeWith(t, { 'ksocket.toml': '' });
  await chmod(home.settingsFile, 0);
  await chmod(home.directory, 0o755);
  const root = process.getuid?.() === 0;
  // Root may read everything, so the test becomes nobody for a moment.
  if (root) process.seteuid?.(65_534);
  try {
    await assert.rejects(readSettings(home, { optional: true }), /may not be read by this user/);
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test('KSOCKET_CONFIG names another file, and $KSOCKET_HOME expands in both spellings', () => {
  const home = findHome({ KSOCKET_HOME: '/opt/k', KSOCKET_CONFIG: '/etc/other.toml' });
  assert.equal(home.settingsFile, '/etc/other.toml');
  assert.equal(expandHome(`$KSOCKET_HOME/a/\${KSOCKET_HOME}`, home), '/opt/k/a//opt/k');
  assert.equal(expandHome('$KSOCKET_HOMEX', home), '$KSOCKET_HOMEX');
});
