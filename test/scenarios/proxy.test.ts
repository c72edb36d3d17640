/** A space behind TLS of a private authority, and an agent that reaches it through a proxy, as real processes; and what its log may not hold. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { canaryPassword, canaryUser, plainPassword } from '../../core/link/testing/attempt.js';
import { Authorities, noOpenssl } from '../../core/link/testing/certificates.js';
import { closePeers, microsocks, noProxies, stunnel, tinyproxy } from '../../core/link/testing/peers.js';
import { spawnKsocket } from '../start/processes.js';
import { Stage } from '../start/stage.js';

const skip = noOpenssl ?? noProxies() ?? false;

after(closePeers);

async function companyWith(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-proxy-'));
  const made = new Authorities();
  const stage = await Stage.open({ home, port: 0 });
  t.after(async () => {
    await stage.close();
    await rm(home, { recursive: true });
    made.close();
  });
  const ids = await stage.slot('one', ['127.0.0.1'], ['127.0.0.1']);
  const company = made.root('Company Root');
  copyFileSync(company.certFile, join(home, 'etc/ksocket/company.pem'));
  const front = await stunnel(made.issue(company, 'space'), stage.port);
  const settings = (lines: Record<string, unknown>) => {
    const all = { host: '127.0.0.1', port: front.port, token: ids.token, resumeRetries: 1, ...lines };
    const text = Object.entries(all).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    return writeFile(join(home, 'etc/ksocket/ksocket.toml'), `[connect]\n${text.join('')}`, { mode: 0o600 });
  };
  const log = async () => {
    const text = await readFile(join(home, 'var/log/ksocket/ksocket.log'), 'utf8');
    for (const secret of [ids.token!, plainPassword, canaryPassword, encodeURIComponent(canaryPassword)])
      assert.ok(!text.includes(secret), 'no secret in the log');
    return text;
  };
  return { home, stage, ids, company, settings, log };
}

test('an agent works through an HTTP and a SOCKS5 proxy with a login, a private CA and a pin', { skip }, async (t) => {
  const { stage, ids, company, settings, log } = await companyWith(t);
  const trust = { caFile: '$KSOCKET_HOME/etc/ksocket/company.pem', pins: [company.pin] };
  const http = await tinyproxy();
  const socks = await microsocks();
  for (const proxy of [
    `http://${canaryUser}:${plainPassword}@127.0.0.1:${http.port}`,
    `socks5h://${canaryUser}:${encodeURIComponent(canaryPassword)}@127.0.0.1:${socks.port}`,
  ]) {
    await settings({ ...trust, proxy, resumeRetries: 100 });
    await stage.startAgent();
    await stage.connected(ids.slotId);
    const { scanId } = await stage.startScan(ids.networkId);
    assert.equal((await stage.scanEnded(ids.networkId, scanId)).status, 'done');
    await stage.agent!.stop();
    assert.match(await log(), new RegExp(`reached through the proxy that connect.proxy names.*${new URL(proxy).port}`));
  }
});

test('what stands in the way is told on the terminal and ends as it should', { skip }, async (t) => {
  const { home, company, settings, log } = await companyWith(t);
  const http = await tinyproxy();
  const caFile = join(home, 'etc/ksocket/company.pem');
  for (const [lines, exit, pattern] of [
    [
      { caFile, proxy: `http://${canaryUser}:${plainPassword}x@127.0.0.1:${http.port}` },
      77,
      /the proxy 127\.0\.0\.1:\d+ refuses its user or password .* in connect\.proxy; gave up after 2 attempts\n$/,
    ],
    [{}, 78, /is issued by "Example Works, Company Root", which .*set connect\.caFile to its CA certificate; gave up/],
    [{ caFile: join(home, 'none.pem') }, 78, /none\.pem does not exist/],
    [{ protocol: 'ws', pins: [company.pin] }, 78, /connect\.pins is set, but ws has no keys .* set connect\.protocol/],
    [{ proxy: `http://u:${plainPassword}@` }, 78, /connect\.proxy: is no URL; write it as http:/],
  ] as const) {
    await settings(lines);
    const agent = spawnKsocket(['connect'], home);
    assert.equal(await agent.ended, exit, agent.errors());
    assert.match(agent.errors(), pattern);
    assert.ok(!agent.errors().includes(plainPassword));
  }
  await log();
});
