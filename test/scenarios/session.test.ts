/** An agent and a space as real processes on loopback: tokens, a second agent, a second start, and what the log may not hold. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { spawnKsocket } from '../start/processes.js';
import { Stage } from '../start/stage.js';

async function stageFor(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-session-'));
  const stage = await Stage.open({ home, port: 0 });
  t.after(async () => {
    await stage.close();
    await rm(home, { recursive: true });
  });
  return { home, stage, ids: await stage.slot('one', ['127.0.0.1'], ['127.0.0.1']) };
}

const impatient = 'resumeRetries = 1\n';

test('a wrong token ends the agent after its tries with 77, and says so', async (t) => {
  const { home, stage } = await stageFor(t);
  await stage.settings('ks1_never-issued', impatient);
  const agent = spawnKsocket(['connect'], home);
  assert.equal(await agent.ended, 77);
  assert.match(
    agent.errors(),
    /^ksocket connect: could not connect: .*token.*; trying again\nksocket connect: .*token.*; gave up after 2 attempts\n$/,
  );
  assert.ok(!(await readFile(join(home, 'var/log/ksocket/ksocket.log'), 'utf8')).includes('never-issued'));
});

test('a slot has at most two tokens, and an expired one says so', async (t) => {
  const { home, stage, ids } = await stageFor(t);
  const soon = new Date(Date.now() + 300).toISOString();
  const { token } = await stage.api<{ token: string }>('POST', `/api/slots/${ids.slotId}/tokens`, { expires: soon });
  await assert.rejects(stage.api('POST', `/api/slots/${ids.slotId}/tokens`, { expires: null }), /at most 2 tokens/);
  while (Date.now() <= Date.parse(soon)) await new Promise((resolve) => setTimeout(resolve, 50));
  await stage.settings(token, impatient);
  const agent = spawnKsocket(['connect'], home);
  assert.equal(await agent.ended, 77);
  assert.match(agent.errors(), /token expired/);
});

test('a second installation on a live slot is refused, and the first works on', async (t) => {
  const { home, stage, ids } = await stageFor(t);
  await stage.settings(ids.token!, impatient);
  await stage.startAgent();
  await stage.connected(ids.slotId);
  const other = await mkdtemp(join(tmpdir(), 'ksocket-other-'));
  t.after(() => rm(other, { recursive: true }));
  await cp(join(home, 'etc'), join(other, 'etc'), { recursive: true });
  const second = spawnKsocket(['connect'], other);
  assert.notEqual(await second.ended, 0);
  assert.match(second.errors(), /gave up after 2 attempts/);
  const scan = await stage.startScan(ids.networkId);
  assert.equal((await stage.scanEnded(ids.networkId, scan.scanId)).status, 'done');
});

test('a second process with the same home is told that the journal is in use', async (t) => {
  const { home, stage, ids } = await stageFor(t);
  await stage.settings(ids.token!, impatient);
  await stage.startAgent();
  await stage.connected(ids.slotId);
  const second = spawnKsocket(['connect'], home);
  assert.equal(await second.ended, 1);
  assert.match(
    second.errors(),
    /journal\.db is in use; another ksocket connect runs with this KSOCKET_HOME; stop it first\n$/,
  );
});

test('the space is restarted and the agent finds it again by itself', async (t) => {
  const { stage, ids } = await stageFor(t);
  await stage.settings(ids.token!);
  await stage.startAgent();
  await stage.connected(ids.slotId);
  await stage.space.stop();
  await stage.startSpace();
  await stage.connected(ids.slotId);
  const scan = await stage.startScan(ids.networkId);
  const { status, snapshotId } = await stage.scanEnded(ids.networkId, scan.scanId);
  assert.equal(status, 'done');
  const [node] = await stage.nodes(ids.networkId, snapshotId!);
  assert.ok(
    node!.sections.os?.kernel?.release && node!.numberOfPackages >= 0 && node!.sections.network?.interfaces?.length,
  );
});

test('the API refuses malformed and oversized scans before anything is sent', async (t) => {
  const { stage, ids } = await stageFor(t);
  const path = `/api/apps/sonar/networks/${ids.networkId}`;
  await assert.rejects(
    stage.api('PATCH', path, { start: ['10.0.0.0/40'] }),
    /"10\.0\.0\.0\/40" is no address or network/,
  );
  await assert.rejects(
    stage.api('PATCH', path, { start: ['10.0.0.0/8'] }),
    /16,777,216 addresses, but a scan has at most 65,536/,
  );
});
