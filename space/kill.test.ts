/** What was acknowledged survives `kill -9` of the space, wherever it comes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testClock } from '../test/kit/index.js';
import { type OpenSpace, openSpace } from './open.js';
import { MemoryAgent } from './testing/agent.js';
import { sighting } from './testing/records.js';
import { ports } from './testing/space.js';
import { digestOf, randomHex, Wire } from './testing/wire.js';

const script = fileURLToPath(new URL('./testing/child.js', import.meta.url));

describe('a space that is killed', () => {
  let directory: string;
  let cli: OpenSpace;
  let token: string;
  let child: ChildProcess | undefined;
  // One installation: another would have to wait until the lease of the first ends.
  const instance = randomHex();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ksocket-kill-'));
    cli = await openSpace(directory, ports);
    await cli.addSlot('office');
    ({ token } = await cli.issueToken('office'));
    await cli.addNetwork('main', 'office');
  });
  after(async () => {
    await kill();
    await cli.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function start(): Promise<string> {
    child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout! })) return line;
    throw new Error('the space did not start');
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  it('goes on between the last acknowledgement and the outcome', async () => {
    const { id } = await cli.startScan('main');
    const about = { instance, boot: randomHex() };
    const bodies = Array.from({ length: 300 }, (_, i) => sighting(`192.0.2.${i % 250}`));
    const first = await Wire.greeted(await start(), token, about);
    const { opId } = await first.wire.next('op');
    first.wire.send({ type: 'accept', opId, limit: 100 });
    first.wire.send({ type: 'start', opId, run: 1, keep: 0 });
    for (const [i, body] of bodies.entries()) first.wire.send({ type: 'record', opId, run: 1, rec: i + 1, body });
    await first.wire.next('ack', (ack) => ack.rec === bodies.length);
    await kill();
    await first.wire.closed;
    const { wire, welcome } = await Wire.greeted(await start(), token, {
      ...about,
      pair: first.welcome.pair,
      maxSeen: 1,
      ops: [{ opId, opSeq: 1, state: 'done', run: 1, sentRec: bodies.length, keeps: [], acked: 0 }],
    });
    assert.deepEqual(welcome.pair, first.welcome.pair);
    assert.deepEqual(welcome.have, [{ opId, run: 1, rec: bodies.length }]);
    wire.send({ type: 'done', opId, run: 1, status: 'ok', records: bodies.length, digest: digestOf(bodies) });
    await wire.next('settle');
    assert.deepEqual([(await cli.scan(id))?.status, (await cli.scan(id))?.records], ['done', bodies.length]);
    await wire.close();
    await kill();
  });

  it('loses and doubles nothing when it dies again and again in the middle', async (t) => {
    const { id } = await cli.startScan('main');
    const bodies = Array.from({ length: 12_000 }, (_, i) => sighting(`192.0.2.${i % 250}`, { source: `record ${i}` }));
    const agent = new MemoryAgent(token, bodies, instance);
    agent.maxSeen = 1;
    let kills = 0;
    for (let wait = 20; ; wait += 120) {
      const url = await start();
      const served = agent.serve(url).then(
        () => true,
        () => false,
      );
      const done = await Promise.race([served, testClock.sleep(wait).then(() => undefined)]);
      if (done === true) break;
      await kill();
      kills += 1;
      if (await served) break;
    }
    t.diagnostic(`${kills} kills, ${agent.connects} connections`);
    assert.ok(kills > 0);
    const scan = await cli.scan(id);
    assert.deepEqual([scan?.status, scan?.records, scan?.run, agent.runs], ['done', bodies.length, 1, 1]);
    const counted = [];
    for await (const node of cli.nodes('main')) counted.push(node.addresses[0]?.addr);
    assert.equal(new Set(counted).size, counted.length);
  });
});
