/** What a scan of the lab's company finds, by real processes on both ends. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { NodeDocument } from '../../core/inventory/index.js';
import { firstLine, watch } from '../start/processes.js';
import { checkCompany, hostsIn, nodeAt } from './company-check.js';
import { lab, skip } from './company-lab.js';
import { finished, ksocketInLab, stageIn } from './company-stage.js';

test('the scan finds every host that is alive and none that is not, with details or a reason for each', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { stage, networkId } = await stageIn(lab, t);
  checkCompany(lab, await finished(stage, networkId, await stage.startScan(networkId)), lab.networks);
});

test('from one network, the tables of the routers lead to the hosts of the others', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-crawl-'));
  t.after(() => rm(home, { recursive: true }));
  await cp(lab.credentials, join(home, 'etc/ksocket/credentials'), { recursive: true });
  const scope = lab.networks.flatMap((n) => ['--allow', n]);
  const { text } = await ksocketInLab(lab, home, ['scan', lab.networks[0]!, ...scope, '--format', 'ndjson']);
  const nodes = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as NodeDocument);
  for (const network of lab.networks.slice(1)) {
    const hosts = hostsIn(lab, [network]);
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
  const { text, errors } = await ksocketInLab(lab, home, ['scan', ...addresses, '--json', '--loglevel', 'DEBUG']);
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
