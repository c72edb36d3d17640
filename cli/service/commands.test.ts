/** The lines of the seed's chapter 2.4, on a machine that only records: order, Skip, failures, data. What systemd does of it is tested with systemd. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findHome } from '../../core/config/index.js';
import { failure } from '../../core/contract/index.js';
import type { Context } from '../context.js';
import type { Backend, ServiceState } from './backend.js';
import { install, restart, start, status, stop, uninstall } from './index.js';
import type { Machine } from './machine.js';
import { answers } from './testing/recorded.js';
import { windowsRunner } from './windows.js';

function stage(t: TestContext, state: ServiceState, change: Partial<Backend> & { privileged?: boolean } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-service-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const path of [join(folder, 'bin', 'ksocket'), windowsRunner(folder)]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    chmodSync(path, 0o755);
  }
  const done: string[] = [];
  const does = (name: string, next?: ServiceState) => async () => {
    done.push(name);
    if (next !== undefined) state = next;
  };
  const backend: Backend = {
    file: undefined,
    describe: does('describe'),
    install: does('install', 'stopped'),
    uninstall: does('uninstall', 'missing'),
    state: async () => state,
    start: does('start', 'running'),
    stop: does('stop', 'stopped'),
    restart: does('restart', 'running'),
    ...change,
  };
  // Windows' kind has no accounts, which only a real machine has.
  const machine: Machine = {
    home: findHome({ KSOCKET_HOME: folder }),
    backend,
    kind: 'windows',
    run: answers().run,
    privileged: change.privileged ?? true,
    operatorHome: folder,
  };
  let printed = '';
  const sink = {
    write: (text: string) => {
      printed += text;
    },
  };
  const context = { language: 'en', stdout: sink, stderr: sink, env: {}, signal: new AbortController().signal };
  return { machine, context: context as unknown as Context, done, folder, printed: () => printed };
}

test('install and uninstall do the steps of the manual in its order', async (t) => {
  const it = stage(t, 'missing');
  assert.equal(await install(it.context, {}, it.machine), 0);
  assert.deepEqual(it.done, ['install', 'restart']);
  assert.equal(await uninstall(it.context, {}, it.machine), 0);
  assert.deepEqual(it.done, ['install', 'restart', 'stop', 'uninstall']);
  assert.equal(
    it.printed(),
    `Check if ksocket runner exists ... OK
Install the service .............. OK
Get status of the service ........ OK
Restart the service .............. OK
Stop the service ........ OK
Uninstall the service ... OK
`,
  );
});

test('without an installation nothing is installed, and it is said what is missing', async (t) => {
  const it = stage(t, 'missing');
  rmSync(windowsRunner(it.folder));
  assert.equal(await install(it.context, {}, it.machine), 1);
  assert.deepEqual(it.done, []);
  assert.match(
    it.printed(),
    /^Check if ksocket runner exists \.{3} Failed\n {2}.*ksservice\.exe does not exist\n {2}what to do: install ksocket with ksinstall/,
  );
});

for (const state of ['missing', 'running', 'stopped', 'processing'] as const) {
  test(`status prints ${state}, as a word and as data`, async (t) => {
    const it = stage(t, state);
    assert.equal(await status(it.context, {}, it.machine), 0);
    assert.equal(await status(it.context, { json: true }, it.machine), 0);
    assert.equal(it.printed(), `${state}\n{"status":"${state}"}\n`);
  });
}

test('start and stop skip what is done already; a service that changes just now is stopped and started all the same', async (t) => {
  for (const [state, command, done] of [
    ['running', start, []],
    ['stopped', start, ['start']],
    ['processing', start, ['start']],
    ['stopped', stop, []],
    ['running', stop, ['stop']],
    ['processing', stop, ['stop']],
    ['stopped', restart, ['restart']],
    ['running', restart, ['restart']],
  ] as const) {
    const it = stage(t, state);
    assert.equal(await command(it.context, {}, it.machine), 0);
    assert.deepEqual(it.done, done);
    assert.match(it.printed(), done.length === 0 ? /Skip\n$/ : /OK\n$/);
  }
});

test('what is not installed cannot be started, stopped or restarted', async (t) => {
  for (const command of [start, stop, restart]) {
    const it = stage(t, 'missing');
    assert.equal(await command(it.context, {}, it.machine), 1);
    assert.deepEqual(it.done, []);
    assert.match(
      it.printed(),
      /^Get status of the service \.{3,} Failed\n {2}the service is not installed\n.*ksocket service install\n$/,
    );
  }
});

test('a step that fails ends the list with its reason, as lines and as data', async (t) => {
  const refuses = async () => {
    throw failure('E_INPUT', 'ksocket connect: connect.host is not set', { remedy: 'see the log' });
  };
  const it = stage(t, 'stopped', { start: refuses });
  assert.equal(await start(it.context, { json: true }, it.machine), 1);
  assert.deepEqual(JSON.parse(it.printed()), {
    ok: false,
    steps: [
      { title: 'Get status of the service', status: 'ok' },
      {
        title: 'Start the service',
        status: 'failed',
        reason: 'ksocket connect: connect.host is not set',
        remedy: 'see the log',
      },
    ],
  });
});

test('without privilege only status works, and nothing is touched', async (t) => {
  for (const command of [install, uninstall, start, stop, restart]) {
    const it = stage(t, 'running', { privileged: false });
    await assert.rejects(command(it.context, {}, it.machine), /missing privilege/);
    assert.deepEqual([it.done, it.printed()], [[], '']);
  }
});

test('a user name that is none is wrong usage', async (t) => {
  const it = stage(t, 'missing');
  await assert.rejects(install(it.context, { user: 'a\nUser=root' }, it.machine), /is no user name/);
});
