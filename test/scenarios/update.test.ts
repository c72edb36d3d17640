/** A version comes from a space to an agent, both as real processes: it is installed, tried, confirmed; or it does not work, and the one before runs again. */
import assert from 'node:assert/strict';
import test from 'node:test';
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
