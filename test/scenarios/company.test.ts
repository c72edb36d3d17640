/** Space, agent and the lab's company together, as real processes: what the scan finds, and what a kill -9 of either end leaves. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeDocument } from '../../core/inventory/index.js';
import { buildLab, type Lab, type LabHost, labMissing } from '../lab/index.js';
import { firstLine, ksocketProgram, type Running, watch } from '../start/processes.js';
import { type ScanState, Stage } from '../start/stage.js';

const missing = await labMissing();
const skip = missing.length > 0 ? `needs ${missing.join(', ')}` : false;
let lab: Lab;

before(async () => {
  if (!skip) lab = await buildLab();
});
after(async () => lab?.close());

/** `ksocket …` inside the lab, where the agent lives. */
const spawnInLab = (home: string, args: readonly string[]): Running =>
  watch(
    lab.spawn(lab.agent.namespace, [process.execPath, ksocketProgram, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KSOCKET_HOME: home },
    }),
  );

/** The same to its end, which must be a good one. */
async function ksocketInLab(home: string, args: readonly string[]): Promise<{ text: string; errors: string }> {
  const running = spawnInLab(home, args);
  let text = '';
  running.child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  assert.equal(await running.ended, 0, running.errors());
  return { text, errors: running.errors() };
}

/** A fresh space and agent; the agent lives inside the lab and reaches the space through a relay. */
async function stageIn(t: TestContext, start: readonly string[] = lab.networks, settings = '') {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-company-'));
  const stage = await Stage.open({ home, port: 0, startAgent: () => spawnInLab(home, ['connect']) });
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

async function finished(stage: Stage, networkId: string, scan: ScanState): Promise<NodeDocument[]> {
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

const prefixOf = (network: string) => network.slice(0, network.lastIndexOf('.') + 1);
/** The addresses of a host in the networks, each of which is a /24. */
const addressesIn = (host: LabHost, networks: readonly string[]) =>
  host.addresses.filter((address) => networks.some((network) => address.startsWith(prefixOf(network))));
const hostsIn = (networks: readonly string[]) =>
  lab.hosts.filter((host) => host.alive && addressesIn(host, networks).length > 0);

const nodeAt = (nodes: readonly NodeDocument[], address: string) =>
  nodes.find((n) => n.addresses.some((a) => a.addr === address));

/** @param networks that were scanned */
function checkCompany(nodes: readonly NodeDocument[], networks: readonly string[]): void {
  const hosts = hostsIn(networks);
  const found = new Set(nodes.flatMap((n) => n.addresses.map((a) => a.addr)));
  const expected = new Set(hosts.flatMap((host) => addressesIn(host, networks)));
  assert.deepEqual(
    [...found].filter((a) => !expected.has(a)),
    [],
    'found, but nobody lives there',
  );
  assert.deepEqual(
    [...expected].filter((a) => !found.has(a)),
    [],
    'alive, but not found',
  );
  for (const host of hosts) {
    const nodesOfHost = new Set(addressesIn(host, networks).map((a) => nodeAt(nodes, a)));
    const detailed = host.expect?.startsWith('details') || host.expect === 'both';
    if (detailed) assert.equal(nodesOfHost.size, 1, `${host.name} is one node, not ${nodesOfHost.size}`);
    for (const node of nodesOfHost) checkHost(host, node!);
  }
}

function checkHost(host: LabHost, node: NodeDocument): void {
  const result = (collector: string) =>
    node.outcomes.filter((o) => o.collector === collector).map((o) => o.code ?? o.result);
  const about = `${host.name}: ${JSON.stringify(node.outcomes)}`;
  if (host.expect === 'details-ssh' || host.expect === 'both') {
    assert.ok(
      node.outcomes.some((o) => o.collector === 'ssh' && (o.result === 'ok' || o.result === 'partial')),
      about,
    );
    assert.equal(node.displayName, host.name);
    assert.equal(node.sections.identity?.machineId, host.machineId, about);
    assert.ok(node.sections.os?.kernel?.release && node.sections.os.name, about);
    assert.ok(node.numberOfPackages > 50, about);
    assert.ok(
      (node.sections.hardware?.cpu?.threads ?? 0) > 0 && (node.sections.hardware?.memory?.totalKiB ?? 0) > 0,
      about,
    );
    assert.deepEqual(
      node.sections.network?.interfaces
        ?.flatMap((i) => i.mac ?? [])
        .filter((m) => host.macs.includes(m))
        .sort(),
      [...host.macs].sort(),
      about,
    );
    // A router's ENTITY-MIB names another product than its SMBIOS; which one stands is for the merge rules.
    if (host.product && !host.role.includes('router')) {
      assert.equal(node.sections.hardware?.product?.name, host.product, about);
    }
    if (host.serial && !host.role.includes('router')) {
      const missingSerial = node.provenance
        .flatMap((p) => p.missing)
        .some((m) => m.field.includes('serial') && m.state === 'needs-privilege');
      // On a machine that is a container itself, every host of the lab looks like one, and SMBIOS belongs to the machine below.
      const container = node.sections.hardware?.virtualization === 'docker';
      assert.ok(node.sections.identity?.serial === host.serial || missingSerial || container, about);
    }
  }
  if (host.expect === 'details-snmp' || host.expect === 'both') {
    assert.ok(
      node.outcomes.some((o) => o.collector === 'snmp' && (o.result === 'ok' || o.result === 'partial')),
      about,
    );
    assert.ok(node.sections.os?.description, about);
    assert.ok((node.sections.network?.interfaces?.length ?? 0) > 0, about);
  }
  if (host.expect === 'reason:login-refused') assert.ok(result('ssh').includes('E_LOGIN'), about);
  if (host.expect === 'reason:no-credential') assert.ok(result('ssh').includes('E_NO_CREDENTIAL'), about);
  if (host.expect === 'alive-only')
    assert.ok(
      node.outcomes.every((o) => o.result === 'skipped' || o.result === 'failed') &&
        node.outcomes.every((o) => o.reason),
      about,
    );
}

test('the scan finds every host that is alive and none that is not, with details or a reason for each', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { stage, networkId } = await stageIn(t);
  checkCompany(await finished(stage, networkId, await stage.startScan(networkId)), lab.networks);
});

test('a space killed with -9 during the scan and started again ends with one complete snapshot', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const networks = lab.networks.slice(0, 1);
  const { stage, networkId } = await stageIn(t, networks);
  const scan = await stage.startScan(networkId);
  for (const share of [0.1, 0.9]) {
    await until(async () => {
      const { progress, status } = await stage.scan(networkId, scan.scanId);
      return status === 'done' || (progress.total > 50 && progress.done >= progress.total * share);
    });
    await stage.space.kill();
    await stage.startSpace();
  }
  checkCompany(await finished(stage, networkId, scan), networks);
});

test('an agent killed with -9 during the scan takes it up again and ends with one complete snapshot', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const networks = lab.networks.slice(1, 2);
  const { stage, networkId } = await stageIn(t, networks);
  const scan = await stage.startScan(networkId);
  await until(async () => (await stage.scan(networkId, scan.scanId)).progress.done > 100);
  await stage.agent!.kill();
  await stage.startAgent();
  checkCompany(await finished(stage, networkId, scan), networks);
});

test('an agent killed with -9 in a slow scan goes on from its last checkpoint, and asks few addresses again', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const network = lab.networks[0]!;
  const { stage, home, networkId } = await stageIn(t, [network], '[operations]\nmaxPacketRate = 80\n');
  const scan = await stage.startScan(networkId);
  // Checkpoints come every five seconds, and with each the trail is written.
  await until(async () => (await seenIn(home)).length > 20);
  const before = await seenIn(home);
  assert.ok(before.length > 0 && before.length < 240, `${before.length} addresses before the kill`);
  await stage.agent!.kill();
  await stage.startAgent();
  const nodes = await finished(stage, networkId, scan);
  for (const host of hostsIn([network]))
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

test('from one network, the tables of the routers lead to the hosts of the others', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-crawl-'));
  t.after(() => rm(home, { recursive: true }));
  await cp(lab.credentials, join(home, 'etc/ksocket/credentials'), { recursive: true });
  const scope = lab.networks.flatMap((n) => ['--allow', n]);
  const { text } = await ksocketInLab(home, ['scan', lab.networks[0]!, ...scope, '--format', 'ndjson']);
  const nodes = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as NodeDocument);
  for (const network of lab.networks.slice(1)) {
    const hosts = hostsIn([network]);
    const found = hosts.filter((h) => h.addresses.some((a) => nodeAt(nodes, a) !== undefined));
    assert.ok(found.length >= hosts.length * 0.8, `${network}: ${found.length} of ${hosts.length}`);
  }
  assert.ok(nodes.some((n) => n.addresses.some((a) => a.source.startsWith('arp of '))));
});

test('garbage, silence and an endless banner from a peer are reasons in its node, and the scan ends', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-hostile-'));
  t.after(() => rm(home, { recursive: true }));
  const credentials = join(home, 'etc/ksocket/credentials/ssh');
  await mkdir(credentials, { recursive: true });
  const peers: Record<string, [behaviour: string, code: string]> = {
    'web-01': ["socket.end('\\u0000\\u0001 this is no SSH server\\r\\n'.repeat(99))", 'E_PROTOCOL'],
    'stealth-01': ['', 'E_TIMEOUT'],
    'db-01': ["setInterval(() => socket.write('x'.repeat(65536)), 5)", 'E_PROTOCOL'],
  };
  for (const [name, [behaviour]] of Object.entries(peers)) {
    const program = `require('node:net').createServer((socket) => { socket.on('error', () => process.exit()); ${behaviour} }).listen(2222, () => console.log('up'))`;
    const server = watch(lab.spawn(name, [process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] }));
    t.after(() => server.kill());
    assert.equal(await firstLine(server), 'up');
  }
  const addresses = Object.keys(peers).map((name) => lab.hosts.find((h) => h.name === name)!.addresses[0]!);
  const file = join(credentials, '0.toml');
  await writeFile(
    file,
    `includes = ${JSON.stringify(addresses)}\nport = 2222\ntimeout = 2.0\n[account]\nusername = "u"\npassword = "c4nary-passw0rd"\n`,
    { mode: 0o600 },
  );
  const { text, errors } = await ksocketInLab(home, ['scan', ...addresses, '--json', '--loglevel', 'DEBUG']);
  const { nodes } = JSON.parse(text) as { nodes: NodeDocument[] };
  const codes = Object.keys(peers).map((name, i) => [
    name,
    nodeAt(nodes, addresses[i]!)?.outcomes.find((o) => o.collector === 'ssh')?.code,
  ]);
  assert.deepEqual(
    codes,
    Object.entries(peers).map(([name, [, code]]) => [name, code]),
  );
  const log = await readFile(join(home, 'var/log/ksocket/ksocket.log'), 'utf8');
  assert.ok(log.length > 0 && !`${log}${text}${errors}`.includes('c4nary'));
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}
