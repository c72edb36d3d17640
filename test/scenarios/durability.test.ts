/** Promises follow the disk: the system calls of real processes show an fsync before accept, ack and settle; a full disk is no promise. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openJournal } from '../../core/journal/index.js';
import { order } from '../../core/operations/testing/orders.js';
import { Orders } from '../chaos/orders.js';
import { serveTarget } from '../chaos/target.js';
import { seededRandom, VirtualClock } from '../kit/index.js';
import { watch } from '../start/processes.js';
import { Stage } from '../start/stage.js';

const root = process.getuid?.() === 0;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ksocket-durability-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Attaches to a process of ours and writes down what it reads, writes and syncs. */
async function trace(pid: number, file: string): Promise<ChildProcess> {
  const calls = 'trace=read,recvmsg,write,writev,sendmsg,fsync,fdatasync';
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', file, '-s', '4096', '-e', calls], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const text of strace.stderr!) if (String(text).includes('attached')) break;
  return strace;
}

test('the disk has an order before accept, a record before ack, the outcome before settle', {
  skip: !root || !existsSync('/usr/bin/strace') ? 'without root and strace' : false,
}, async (t) => {
  const home = await folder(t);
  const served = await serveTarget();
  const stage = await Stage.open({ home, port: 0 });
  const { slotId, token } = await stage.slot('traced', ['127.0.0.1'], ['127.0.0.1']);
  await stage.settings(token!);
  const program = fileURLToPath(new URL('../chaos/agent.js', import.meta.url));
  const agent = watch(
    spawn(process.execPath, [program], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, KSOCKET_HOME: home },
    }),
  );
  t.after(async () => {
    await agent.stop();
    await stage.close();
    served.close();
  });
  await stage.connected(slotId);
  const files = { agent: join(home, 'agent.strace'), space: join(home, 'space.strace') };
  const traces = [await trace(agent.child.pid!, files.agent), await trace(stage.space.child.pid!, files.space)];
  const orders = await Orders.on(join(home, 'space'), slotId, served.port, seededRandom(5));
  await orders.add();
  const verdict = { operations: 0, ok: 0, lost: 0, duplicated: 0, overRun: 0, wrong: [] };
  for (let i = 0; (await orders.look(verdict)) > 0 && i < 600; i++) await sleep(50);
  assert.equal(await orders.look(verdict), 0, agent.errors());
  await orders.close();
  for (const strace of traces) {
    strace.kill('SIGINT');
    await once(strace, 'exit');
  }
  const [ours, theirs] = [await readFile(files.agent, 'utf8'), await readFile(files.space, 'utf8')];
  // An agent's own frames are masked (RFC 6455, 5.3): what it writes first to the socket after the order is accept.
  const afterOrder = ours.slice(ours.search(/read\(\d+, .*type\\":\\"op\\"/)).split('\n');
  const socket = /read\((\d+),/.exec(afterOrder[0]!)![1];
  const answer = afterOrder.findIndex((line) => new RegExp(`(write|writev|sendmsg)\\(${socket},`).test(line));
  assert.ok(answer > 0, 'accept is in the trace');
  assert.ok(afterOrder.slice(0, answer).some(isSync), 'no fsync before accept');
  for (const type of ['ack', 'settle']) {
    const lines = theirs.split('\n');
    const said = lines.findIndex((line) => line.includes(`type\\":\\"${type}\\"`));
    assert.ok(said > 0, `${type} is in the trace`);
    const heard = lines.slice(0, said).findLastIndex((line) => /\bread\(/.test(line) && !/EAGAIN/.test(line));
    const sync = lines.slice(0, said).findLastIndex(isSync);
    t.diagnostic(`${type}: read at line ${heard}, fsync at ${sync}, said at ${said}`);
    assert.ok(sync >= 0, `no fsync before ${type}`);
  }
});

const isSync = (line: string): boolean => /\bf(data)?sync\(\d+\)\s*= 0/.test(line);

test('a full disk takes no order, loses none, and takes them again when there is room', {
  skip: root ? false : 'mounting a small disk needs root',
}, async (t) => {
  const disk = await mkdtemp(join(tmpdir(), 'ksocket-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
  const journal = openJournal(join(disk, 'journal.db'), new VirtualClock(), seededRandom(1));
  t.after(async () => {
    journal.close();
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });
  const kept = order(1, 'test.count');
  journal.accept(kept, 0);
  await writeFile(join(disk, 'filler'), Buffer.alloc(512 * 1024)).catch(() => undefined);
  const large = order(2, 'test.count', { text: 'x'.repeat(100_000) });
  assert.throws(() => journal.accept(large, 0), { code: 'E_STORAGE' });
  assert.equal(journal.identity().maxSeen, 1);
  assert.equal(journal.entry(large.opId), undefined);
  assert.equal(journal.entry(kept.opId)?.state, 'accepted');
  await rm(join(disk, 'filler'));
  journal.accept(large, 0);
  assert.deepEqual(
    [journal.identity().maxSeen, journal.count(), (journal.input(large.opId) as { text: string }).text.length],
    [2, 2, 100_000],
  );
});
