/** Texts that several processes change at once; the processes are real ones. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { systemClock } from '../runtime/index.js';
import { stateIn } from './state.js';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'acme');
}

/** @param script has the `state` of that folder */
function child(t: TestContext, folder: string, script: string): ChildProcess {
  const [roster, runtime] = ['./state.js', '../runtime/index.js'].map((it) => new URL(it, import.meta.url).href);
  const text = `import { stateIn } from '${roster}'; import { systemClock } from '${runtime}';
    const state = stateIn(${JSON.stringify(folder)}, 'acme', systemClock, true); ${script}`;
  const it = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => it.kill('SIGKILL'));
  return it;
}

test('what processes add to one text at the same time is all there', async (t) => {
  const folder = folderFor(t);
  const state = stateIn(folder, 'acme', systemClock, true);
  const script = (name: string) =>
    `for (let n = 0; n < 40; n++) await state.update('list', (text = '') => text + '${name}' + n + '\\n');`;
  const ended = ['a', 'b'].map((name) => once(child(t, folder, script(name)), 'exit'));
  const mine = Array.from({ length: 40 }, (_, n) => state.update('list', (text = '') => `${text}c${n}\n`));
  for (const [code] of await Promise.all(ended)) assert.equal(code, 0);
  await Promise.all(mine);
  const lines = (await state.read('list'))?.trim().split('\n') ?? [];
  for (const name of ['a', 'b', 'c'])
    assert.deepEqual(
      lines.filter((it) => it.startsWith(name)),
      Array.from({ length: 40 }, (_, n) => `${name}${n}`),
    );
  assert.deepEqual(readdirSync(folder).sort(), ['.lock', 'list']);
});

test('who is killed in the middle of a change holds up nobody, and has changed nothing', async (t) => {
  const folder = folderFor(t);
  const state = stateIn(folder, 'acme', systemClock, true);
  await state.update('list', () => 'first\n');
  const stuck = `const { writeSync } = await import('node:fs');
    await state.update('list', () => {
      writeSync(1, 'within');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const it = child(t, folder, stuck);
  await once(it.stdout!, 'data');
  let isDone = false;
  const mine = state
    .update('list', (text) => `${text}second\n`)
    .then(() => {
      isDone = true;
    });
  // Reading needs no lock; it goes on meanwhile.
  for (let turn = 0; turn < 20; turn++) assert.equal(await state.read('list'), 'first\n');
  assert.ok(!isDone);
  it.kill('SIGKILL');
  await mine;
  assert.equal(await state.read('list'), 'first\nsecond\n');
});

test('a change that fails is told, leaves the text, and the next one goes on', async (t) => {
  const state = stateIn(folderFor(t), 'acme', systemClock, true);
  await assert.rejects(
    state.update('list', () => {
      throw new Error('no');
    }),
    /no/,
  );
  await state.update('list', (text) => `${text}`);
  assert.equal(await state.read('list'), 'undefined');
});

test('the version is another one after each write, and the same until then', async (t) => {
  const folder = folderFor(t);
  for (const remembers of [true, false]) {
    const state = stateIn(folder, 'acme', systemClock, remembers);
    const seen = new Set([await state.version('other')]);
    assert.ok(seen.has(undefined));
    for (const text of ['a', 'b', 'b']) {
      await state.update('list', () => text);
      const version = await state.version('list');
      assert.ok(!seen.has(version));
      seen.add(version);
      await state.update('list', () => undefined);
      assert.equal(await state.version('list'), version);
    }
  }
  assert.deepEqual(readdirSync(folder).sort(), ['.lock', 'list']);
});
