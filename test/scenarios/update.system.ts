/** Updates by hand, and what is killed while it installs one. Real processes, and slower than the tests of every day. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import test from 'node:test';
import { writeRequest } from '../../core/update/asked.js';
import { takeCopy } from '../../core/update/bundle-file.js';
import { programIn } from '../../core/update/index.js';
import { seededRandom } from '../kit/index.js';
import { until, updateScene } from '../start/update-scene.js';

test('notify: nothing happens by itself; a person installs it, from the space or a file, and goes back', async (t) => {
  const { stage, agent, slotId, space, offerIs } = await updateScene(t, 'notify');
  agent.start();
  await stage.connected(slotId);
  const bundle = await agent.bundle('3.1.0');
  await space('add', bundle);
  await space('offer', '3.1.0', '--slots', 'one');
  await offerIs('3.1.0', 'noted');
  const report = JSON.parse(await agent.run('update', 'check', '--json')) as Record<string, { version?: string }>;
  assert.deepEqual([report.version, report.offer?.version], ['3.0.1', '3.1.0']);
  assert.match(
    await agent.run('update', 'apply'),
    /^Check trial \.+ OK\nDownload update \.+ OK \[3\.1\.0\]\nVerify update \.+ OK \[3\.1\.0, release\.pem\]\nInstall update \.+ OK \[b\]\nVersion 3\.1\.0 is tried/,
  );
  await assert.rejects(agent.run('update', 'apply', bundle), /on trial|Command failed/);
  await agent.kill();
  await offerIs('3.1.0', 'confirmed');
  assert.match(await agent.run('update', 'rollback'), /Roll back \.+ OK \[3\.1\.0 -> 3\.0\.1\]/);
  await agent.kill();
  await until(
    'the version before',
    () => stage.api<{ connected: boolean; agent: { version: string } }>('GET', `/api/slots/${slotId}`),
    (it) => it.connected && it.agent.version === '3.0.1',
  );
});

test('settle is killed with -9 at any moment, and there is always a version that starts', async (t) => {
  const { agent } = await updateScene(t, 'auto');
  const { place } = agent;
  const seed = Date.now() % 100_000;
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  await mkdir(dirname(place.incoming), { recursive: true });
  await takeCopy(await agent.bundle('3.1.0'), place.incoming);
  let kills = 0;
  for (let round = 0; round < 40; round += 1) {
    // A new request each time: one that was cut off three times is given up.
    await writeRequest(place, { id: `${round}`, version: '3.1.0' });
    const { node, main } = programIn(place.slot('a'));
    const settle = spawn(node, [main, 'update', 'settle'], {
      stdio: 'ignore',
      env: { ...process.env, KSOCKET_HOME: agent.home },
    });
    const timer = setTimeout(() => settle.kill('SIGKILL'), 300 + random.next() * 2500);
    const [, signal] = await once(settle, 'exit');
    clearTimeout(timer);
    if (signal !== null) kills += 1;
    const active = (await place.active())!;
    assert.ok(place.versionIn(active), 'the slot that is started is whole');
    await readFile(programIn(place.slot(active)).main);
    const { trial } = await agent.state();
    if (trial === null) assert.equal(place.versionIn(active), '3.0.1');
    else break;
  }
  t.diagnostic(`${kills} kills`);
  await until(
    'an end of the trial',
    async () => {
      await agent.run('update', 'settle');
      return agent.state();
    },
    ({ trial, last }) => trial === null && last !== null,
  );
  assert.equal(place.versionIn((await place.active())!), '3.0.1', 'nobody said that it was ready');
});
