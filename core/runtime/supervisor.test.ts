/** What a service manager hears of us, from the words to real datagrams. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { Clock } from '../contract/index.js';
import { socketAddress } from './notify-socket.js';
import { Fed, supervisorOf } from './supervisor.js';
import { systemClock } from './system.js';

/** A clock that stands until it is moved. */
function standing() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    ...systemClock,
    monotonic: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((it) => it !== timer);
      };
    },
  };
  const pass = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const next = timers.filter((it) => it.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      timers = timers.filter((it) => it !== next);
      now = next.at;
      next.run();
    }
    now = end;
  };
  return { clock, pass, pending: () => timers.length };
}

function fed(watchdogMs: number | undefined) {
  const said: string[] = [];
  const time = standing();
  const supervisor = new Fed({ send: (text) => void said.push(text), close() {} }, time.clock, watchdogMs);
  return { supervisor, said, ...time };
}

test('the first turn makes the service ready, and not before', () => {
  const { supervisor, said } = fed(120_000);
  supervisor.status('starting');
  assert.deepEqual(said, ['STATUS=starting']);
  supervisor.turning(60);
  assert.equal(said.at(-1), 'READY=1\nSTATUS=starting\nWATCHDOG=1');
});

test('it is fed four times in a period as long as the loop keeps its word, and not any more when the loop stands still', () => {
  const { supervisor, said, pass } = fed(120_000);
  const feeds = () => said.filter((it) => it.includes('WATCHDOG=1')).length;
  supervisor.turning(60);
  pass(60_000);
  assert.equal(feeds(), 3);
  supervisor.turning(60);
  pass(90_000);
  assert.equal(feeds(), 6);
  // Timers fire, the loop does not turn.
  pass(3_600_000);
  assert.equal(feeds(), 6);
  assert.equal(said.at(-1), 'STATUS=the loop of the agent stands still');
});

test('a datagram that is lost is made up for by the next one', () => {
  const { supervisor, said, pass } = fed(120_000);
  supervisor.turning(600);
  supervisor.status('connected to space.example:443');
  said.length = 0;
  pass(30_000);
  assert.deepEqual(said, ['READY=1\nSTATUS=connected to space.example:443\nWATCHDOG=1']);
});

test('a status of several lines says nothing else to the service manager', () => {
  const { supervisor, said } = fed(undefined);
  supervisor.status('closed:\nMAINPID=1\n');
  assert.deepEqual(said, ['STATUS=closed: MAINPID=1']);
});

test('no timer is left at the end, and none is set where nobody watches', () => {
  const watched = fed(120_000);
  watched.supervisor.turning(60);
  assert.equal(watched.pending(), 1);
  watched.supervisor.ending();
  assert.equal(watched.pending(), 0);
  assert.equal(watched.said.at(-1), 'STOPPING=1');
  const alone = fed(undefined);
  alone.supervisor.turning(60);
  assert.equal(alone.pending(), 0);
});

test('without NOTIFY_SOCKET nothing is said and nothing loaded', () => {
  const script = `
    const { supervisorOf } = await import(${JSON.stringify(new URL('./supervisor.js', import.meta.url).href)});
    const it = await supervisorOf({}, {}, console.error);
    it.turning(1); it.status('x'); it.ending(); it.close();
    console.log(process.report.getReport().sharedObjects.filter((name) => name.includes('koffi')).length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(`${stdout}${stderr}`, '0\n');
});

test('the variables are taken out of the environment, so that no child speaks for us', async () => {
  const env = { NOTIFY_SOCKET: 'vsock:2:1', WATCHDOG_USEC: '1', WATCHDOG_PID: '1', HOME: '/' };
  const warnings: string[] = [];
  const supervisor = await supervisorOf(env, systemClock, (text) => void warnings.push(text));
  supervisor.turning(1);
  assert.deepEqual(env, { HOME: '/' } as never);
  assert.match(
    warnings.join(),
    /cannot be told that ksocket runs: NOTIFY_SOCKET is vsock:2:1, which is no local socket/,
  );
});

test('addresses are those of unix(7)', () => {
  assert.deepEqual([...socketAddress('@ab').subarray(2)], [0, 97, 98]);
  assert.deepEqual([...socketAddress('/a').subarray(2)], [47, 97, 0]);
  assert.throws(() => socketAddress(`/${'a'.repeat(120)}`), /longer than 108 bytes/);
});

for (const [title, addressOf] of [
  ['a path', (folder: string) => join(folder, 'notify socket')],
  ['a name in the abstract namespace', (folder: string) => `@${folder}/notify`],
] as const) {
  test(`datagrams arrive at ${title}, with the process that sent them`, {
    skip: process.platform === 'linux' ? false : 'Linux only',
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ksocket-notify-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const address = addressOf(folder);
    // Python has the socket that Node lacks; credentials are how systemd knows who speaks (NotifyAccess=main).
    const listener = spawn(
      'python3',
      [
        '-c',
        `import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
a = sys.argv[1]
s.bind('\\0' + a[1:] if a[0] == '@' else a)
print('bound', flush=True)
for _ in range(2):
    data, extra, _, _ = s.recvmsg(4096, 1024)
    print(struct.unpack('iii', extra[0][2])[0], data.decode().replace('\\n', ' '), flush=True)`,
        address,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let heard = '';
    listener.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    await once(listener.stdout, 'data');
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '120000000', WATCHDOG_PID: String(process.pid) };
    const supervisor = await supervisorOf(env, systemClock, assert.fail);
    supervisor.status('connected to スペース');
    supervisor.turning(60);
    await once(listener, 'close');
    supervisor.close();
    assert.equal(
      heard,
      `bound\n${process.pid} STATUS=connected to スペース\n${process.pid} READY=1 STATUS=connected to スペース WATCHDOG=1\n`,
    );
  });
}
