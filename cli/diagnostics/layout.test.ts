/** How a report is laid out: columns, dots, what is masked. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Checklist, type Step, Trouble } from '../checklist.js';
import { renderFacts } from './facts.js';
import { headerOf, renderHeader } from './header.js';
import { libraries } from './libraries.js';
import { maskProxy } from './mask.js';
import { isOlder } from './system.js';

async function printed(steps: readonly Step[], how = {}, language: 'en' | 'ja' = 'en') {
  let text = '';
  const list = new Checklist({ language, stdout: { write: (more: string) => (text += more) } }, {});
  const ok = await list.block(steps, how);
  return { text, ok, steps: list.steps };
}

const fine = (title: string, detail?: string): Step => ({
  title,
  run: () => (detail === undefined ? undefined : { detail }),
});
const broken = (title: string): Step => ({
  title,
  run() {
    throw new Trouble(['it is broken', '壊れています'], ['mend it', '直してください']);
  },
});

test('results stand below each other, behind three dots at least', async () => {
  const { text } = await printed([fine('Resolve DNS forward lookup', '192.0.2.1'), fine('Establish websocket')]);
  assert.equal(text, 'Resolve DNS forward lookup ... OK [192.0.2.1]\nEstablish websocket .......... OK\n');
});

test('a step that fails ends its block, with what to do, in the language of the reader', async () => {
  const { text, ok, steps } = await printed([fine('a'), broken('b'), fine('c')], {}, 'ja');
  assert.equal(text, 'a ... OK\nb ... Failed\n  壊れています\n  対処: 直してください\n');
  assert.equal(ok, false);
  assert.deepEqual(steps.at(-1), { title: 'b', status: 'failed', reason: 'it is broken', remedy: 'mend it' });
});

test('what a peer says of itself gives a terminal no orders', async () => {
  const hostile: Step = {
    title: 'b',
    run() {
      throw new Trouble('refused: \u001b]0;x\u0007');
    },
  };
  const { text } = await printed([fine('a', 'O=\u001b[2J'), hostile]);
  assert.equal(text, 'a ... OK [O=\\x1b[2J]\nb ... Failed\n  refused: \\x1b]0;x\\x07\n');
});

test('steps that do not need each other all run; those that all others need end the block', async () => {
  const titles = async (how: object, ...steps: Step[]) => (await printed(steps, how)).steps.map((it) => it.title);
  assert.deepEqual(await titles({ independent: true }, broken('a'), broken('b'), fine('c')), ['a', 'b', 'c']);
  assert.deepEqual(await titles({ first: 1 }, broken('a'), fine('b')), ['a']);
  assert.deepEqual(await titles({ first: 1 }, fine('a'), broken('b'), fine('c')), ['a', 'b', 'c']);
});

test('facts have one column over all blocks, no blank at the end, and no control character', () => {
  const text = renderFacts([
    [['KSOCKET_HOME', '/opt/fixpoint/ksocket']],
    [
      ['$NODE_OPTIONS', ''],
      ['$KSOCKET_CONFIG', 'a\u001b[2Jb'],
    ],
  ]);
  assert.equal(text, 'KSOCKET_HOME:    /opt/fixpoint/ksocket\n\n$NODE_OPTIONS:\n$KSOCKET_CONFIG: a\\x1b[2Jb\n');
});

test('the header shows the variable that holds, in whichever case it was written, and no login', () => {
  const env = {
    https_proxy: 'http://joe:p@ss/w#rd@proxy.example:3128',
    HTTPS_PROXY: 'http://unused',
    NO_PROXY: 'u:p@x',
  };
  const home = { directory: '/h', etc: '/h/etc', lib: '/h/var', settingsFile: '/h/etc/ksocket.toml', keyFiles: [] };
  const text = renderHeader(headerOf({ context: { env } as never, home }));
  assert.match(
    text,
    /^Node\.js: [\d.]+ \(V8 [^,]+, OpenSSL [^)]+\) \[\w+ \w+, [^\]]+\]\nKsocket: \d+\.\d+\.\d+\n\nKSOCKET_HOME: +\/h\n/,
  );
  assert.match(text, /\n\$https_proxy: +http:\/\/joe:\[redacted\]@proxy\.example:3128\n/);
  assert.ok(!text.includes('unused') && !text.includes('p@ss'));
  assert.match(text, /\n\$NO_PROXY: +u:p@x\n/);
  assert.match(text, /\n\$KSOCKET_HOME:\n\$KSOCKET_CONFIG:\n$/);
});

test('whatever the password of a proxy is made of, nothing of it is left', () => {
  assert.equal(maskProxy('proxy.example:3128'), 'proxy.example:3128');
  assert.equal(maskProxy('http://key@proxy.example'), 'http://[redacted]@proxy.example');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (password) => {
      const canary = `canary${password}canary`;
      assert.equal(maskProxy(`http://joe:${canary}@proxy.example:1`), 'http://joe:[redacted]@proxy.example:1');
      assert.equal(maskProxy(`joe:${canary}@proxy.example:1`), 'joe:[redacted]@proxy.example:1');
    }),
  );
});

test('a version is compared part by part', () => {
  for (const [version, older] of [
    ['20.11.0', false],
    ['20.9.9', true],
    ['20.10.5', true],
    ['22.0.0', false],
    ['18.20.0', true],
  ] as const)
    assert.equal(isOlder(version, '>=20.11.0'), older, version);
});

test('a library that is missing fails with what to do; an optional one is skipped', async () => {
  const steps = libraries({
    version: '1',
    dependencies: { ws: '1', 'not-there': '1' },
    optionalDependencies: { pcapp: '1' },
  });
  const { text, ok } = await printed(steps, { independent: true });
  assert.equal(ok, false);
  assert.match(
    text,
    /^ws \.{3,} OK \[\d+\.\d+\.\d+\]\nnot-there \.\.\. Failed\n {2}not-there is not installed\n {2}what to do: install/,
  );
  assert.match(text, /\npcapp \.{3,} Skip \[not installed; not needed\]\n/);
});
