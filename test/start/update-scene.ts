/** A space and an agent with two slots, both as real processes, for the tests of updates. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { spawnKsocket } from './processes.js';
import { SlotInstallation } from './slots.js';
import { Stage } from './stage.js';

export async function updateScene(t: TestContext, mode: string) {
  const spaceHome = await mkdtemp(join(tmpdir(), 'ksocket-update-space-'));
  const home = await mkdtemp(join(tmpdir(), 'ksocket update agent '));
  const stage = await Stage.open({ home: spaceHome, port: 0 });
  const agent = await new SlotInstallation(home).make('3.0.1');
  t.after(async () => {
    await agent.stop();
    await stage.close();
    await rm(spaceHome, { recursive: true });
    await rm(home, { recursive: true });
  });
  const { slotId, token } = await stage.slot('one', ['127.0.0.1'], ['127.0.0.1']);
  const { port } = stage;
  await writeFile(
    join(home, 'etc/ksocket/ksocket.toml'),
    `[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = ${port}\ntoken = "${token}"\n[update]\nmode = "${mode}"\n`,
    { mode: 0o600 },
  );
  const space = async (...args: string[]): Promise<void> => {
    const running = spawnKsocket(['space', '--directory', join(spaceHome, 'space'), 'update', ...args], spaceHome);
    assert.equal(await running.ended, 0, running.errors());
  };
  const offerIs = (version: string, state: string) =>
    until(
      `${version} ${state}`,
      async () =>
        (await stage.api<{ update: { version: string; state: string } | null }>('GET', `/api/slots/${slotId}`)).update,
      (it) => it?.version === version && it.state === state,
    );
  return { stage, agent, slotId, space, offerIs };
}

export async function until<T>(what: string, ask: () => Promise<T>, isSo: (it: T) => boolean): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const it = await ask();
    if (isSo(it)) return it;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}; the last was ${JSON.stringify(it)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
