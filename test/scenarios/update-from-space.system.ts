/** A version comes from a space to an agent, both as real processes: it is installed, tried, confirmed; or it does not work, and the one before runs again. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { spawnKsocket } from '../start/processes.js';
import { updateScene } from '../start/update-scene.js';

/** A program that says its version and does nothing else. */
const lame = (version: string) =>
  `if (process.argv[2] === 'version') console.log('${version}'); else { console.error('lame'); process.exit(1); }`;

test('auto: a version that works is confirmed, one that does not is rolled back once, and the operations say so', async (t) => {
  const { stage, agent, slotId, space, offerIs } = await updateScene(t, 'auto');
  agent.start();
  await stage.connected(slotId);
  await space('add', await agent.bundle('3.1.0'));
  await space('offer', '3.1.0');
  await offerIs('3.1.0', 'confirmed');
  assert.equal(agent.place.versionIn((await agent.place.active())!), '3.1.0');
  await space('add', await agent.bundle('3.2.0', lame('3.2.0')));
  await space('offer', '3.2.0');
  await offerIs('3.2.0', 'rolled-back');
  const { bad, last, trial } = await agent.state();
  assert.deepEqual(
    { bad: bad.map(({ version }) => version), result: last?.result, trial },
    { bad: ['3.2.0'], result: 'rolled-back', trial: null },
  );
  assert.equal(agent.place.versionIn((await agent.place.active())!), '3.1.0');
  await space('offer', '3.2.0');
  await offerIs('3.2.0', 'refused');
  assert.deepEqual(
    agent.ends.filter((code) => code !== 75),
    [1, 1, 1],
    agent.said,
  );
});

test('where there are no slots nothing is updated, and it is said what to do', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-no-slots-'));
  t.after(() => rmSync(home, { recursive: true }));
  for (const args of [['apply'], ['rollback']]) {
    const process = spawnKsocket(['update', ...args, '--lang', 'en'], home);
    const [said, code] = await Promise.all([text(process.child.stdout!), process.ended]);
    assert.equal(code, 1);
    assert.match(said + process.errors(), /has no slots that could be exchanged[\s\S]*in the way in which/);
  }
});
