/** What a kill -9 of the space or the agent leaves of a scan of the lab's company: nothing is lost, and little asked twice. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkCompany, hostsIn, nodeAt } from './company-check.js';
import { lab, skip } from './company-lab.js';
import { finished, stageIn } from './company-stage.js';

test('a space killed with -9 during the scan and started again ends with one complete snapshot', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const networks = lab.networks.slice(0, 1);
  const { stage, networkId } = await stageIn(lab, t, networks);
  const scan = await stage.startScan(networkId);
  for (const share of [0.1, 0.9]) {
    await until(async () => {
      const { progress, status } = await stage.scan(networkId, scan.scanId);
      return status === 'done' || (progress.total > 50 && progress.done >= progress.total * share);
    });
    await stage.space.kill();
    await stage.startSpace();
  }
  checkCompany(lab, await finished(stage, networkId, scan), networks);
});

test('an agent killed with -9 during the scan takes it up again and ends with one complete snapshot', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const networks = lab.networks.slice(1, 2);
  const { stage, networkId } = await stageIn(lab, t, networks);
  const scan = await stage.startScan(networkId);
  await until(async () => (await stage.scan(networkId, scan.scanId)).progress.done > 100);
  await stage.agent!.kill();
  await stage.startAgent();
  checkCompany(lab, await finished(stage, networkId, scan), networks);
});

test('an agent killed with -9 in a slow scan goes on from its last checkpoint, and asks few addresses again', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const network = lab.networks[0]!;
  const { stage, home, networkId } = await stageIn(lab, t, [network], '[operations]\nmaxPacketRate = 80\n');
  const scan = await stage.startScan(networkId);
  // Checkpoints come every five seconds, and with each the trail is written.
  await until(async () => (await seenIn(home)).length > 20);
  const before = await seenIn(home);
  assert.ok(before.length > 0 && before.length < 240, `${before.length} addresses before the kill`);
  await stage.agent!.kill();
  await stage.startAgent();
  const nodes = await finished(stage, networkId, scan);
  for (const host of hostsIn(lab, [network]))
    assert.ok(
      host.addresses.some((a) => nodeAt(nodes, a)),
      host.name,
    );
  const seen = await seenIn(home);
  const again = seen.length - new Set(seen).size;
  t.diagnostic(`${before.length} addresses were answered before the kill, ${again} of them asked again`);
  assert.equal(new Set(seen).size, 254 - 1, 'all but its own, once or twice');
  assert.ok(again < before.length * 0.8, `${again} of ${before.length} asked again`);
});

/** The addresses of which the scan's trail tells what was seen. */
async function seenIn(home: string): Promise<string[]> {
  const folder = join(home, 'var/lib/ksocket/trails');
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return [];
  assert.equal(names.length, 1, 'one scan, one trail');
  const lines = (await readFile(join(folder, names[0]!), 'utf8'))
    .split('\n')
    .filter((it) => it.startsWith('{"is":"seen"'));
  return lines.flatMap((line) => {
    try {
      return (JSON.parse(line) as { addresses: string[] }).addresses;
    } catch {
      return [];
    }
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}
