/** Space, agent and the lab's company together, as real processes: the agent lives inside the lab, the space outside. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { NodeDocument } from '../../core/inventory/index.js';
import type { Lab } from '../lab/index.js';
import { ksocketProgram, type Running, watch } from '../start/processes.js';
import { type ScanState, Stage } from '../start/stage.js';

/** `ksocket …` inside the lab, where the agent lives. */
const spawnInLab = (lab: Lab, home: string, args: readonly string[]): Running =>
  watch(
    lab.spawn(lab.agent.namespace, [process.execPath, ksocketProgram, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KSOCKET_HOME: home },
    }),
  );

/** The same to its end, which must be a good one. */
export async function ksocketInLab(
  lab: Lab,
  home: string,
  args: readonly string[],
): Promise<{ text: string; errors: string }> {
  const running = spawnInLab(lab, home, args);
  let text = '';
  running.child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  assert.equal(await running.ended, 0, running.errors());
  return { text, errors: running.errors() };
}

/** A fresh space and agent; the agent lives inside the lab and reaches the space through a relay. */
export async function stageIn(lab: Lab, t: TestContext, start: readonly string[] = lab.networks, settings = '') {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-company-'));
  const stage = await Stage.open({ home, port: 0, startAgent: () => spawnInLab(lab, home, ['connect']) });
  const endRelay = await lab.relay(stage.port);
  t.after(async () => {
    await stage.close();
    await endRelay();
    await rm(home, { recursive: true });
  });
  await cp(lab.credentials, join(home, 'etc/ksocket/credentials'), { recursive: true });
  const ids = await stage.slot('company', start, start);
  await stage.settings(ids.token!, `resumePlateau = 1.0\n${settings}`);
  await stage.startAgent();
  await stage.connected(ids.slotId);
  return { stage, home, ...ids };
}

/** The nodes that a scan ends with, of which there is one snapshot. */
export async function finished(stage: Stage, networkId: string, scan: ScanState): Promise<NodeDocument[]> {
  const state = await stage.scanEnded(networkId, scan.scanId);
  assert.equal(state.status, 'done', `${state.code} ${state.note}`);
  const { items } = await stage.api<{ items: { scanId: string }[] }>(
    'GET',
    `/api/apps/sonar/networks/${networkId}/snapshots`,
  );
  assert.deepEqual(
    items.map((s) => s.scanId),
    [scan.scanId],
    'one snapshot, of this scan',
  );
  return stage.nodes(networkId, state.snapshotId!);
}
