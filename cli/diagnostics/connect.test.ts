/** The way to a space inside this process, with a name server of the test's own: nothing here asks a real one. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { closePeers, raw, upgrading } from '../../core/link/testing/peers.js';
import { connect } from './connect.js';
import { examined, names } from './testing/examined.js';

after(closePeers);

async function homeWith(t: TestContext, lines: Readonly<Record<string, unknown>>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-diagnostics-'));
  t.after(() => rm(home, { recursive: true }));
  await mkdir(join(home, 'etc/ksocket'), { recursive: true });
  const all = { proxy: 'none', token: 'canary-of-the-token', ...lines };
  const text = Object.entries(all).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  await writeFile(join(home, 'etc/ksocket/ksocket.toml'), `[connect]\n${text.join('')}`, { mode: 0o600 });
  return home;
}

const steps = (report: { steps: readonly { title: string; status: string }[] }) =>
  report.steps.map(({ title, status }) => `${title}: ${status}`);

test('a name without an address ends there, and says which name and what to check', async (t) => {
  const home = await homeWith(t, { host: 'space.test' });
  const { code, text, report } = await examined(home, (it) => connect(it, names({})));
  assert.equal(code, 1);
  assert.ok(
    text.endsWith(
      'Resolve DNS forward lookup ... Failed\n  no address for space.test (ENOTFOUND)\n  what to do: check connect.host and the name server of this machine\n',
    ),
    text,
  );
  assert.deepEqual(steps(report), ['Resolve DNS forward lookup: failed']);
});

test('all addresses of a name are shown, and the dead first one is told', async (t) => {
  const server = await upgrading();
  const home = await homeWith(t, { host: 'space.test', port: server.port, protocol: 'ws' });
  const { code, text } = await examined(home, (it) => connect(it, names({ 'space.test': ['127.0.0.7', '127.0.0.1'] })));
  assert.equal(code, 0, text);
  assert.match(
    text,
    /\nResolve DNS forward lookup \.\.\. OK \[127\.0\.0\.7, 127\.0\.0\.1\]\nEstablish TCP connection \.{5} OK\n/,
  );
  assert.match(text, /\n {2}127\.0\.0\.1 answers, 127\.0\.0\.7 does not; have its DNS record/);
  assert.match(text, /\nEstablish websocket \.{10} OK\n {2}connect\.protocol is ws: .*loginsOverInsecureLink\n$/);
  assert.equal(server.requests[0]?.headers.authorization, undefined, 'no token is shown');
});

test('an end point that asks for the token before the upgrade is one; any other answer is not', async (t) => {
  for (const [status, code, pattern] of [
    [401, 0, /Establish websocket \.+ OK \[HTTP 401, it asks for the token\]\n/],
    [
      404,
      1,
      /Establish websocket \.+ Failed\n {2}.* has no end point for agents at .*\(HTTP 404\)\n {2}what to do: check connect\.host/,
    ],
    [502, 1, /what to do: see that the space runs\n/],
  ] as const) {
    const server = await upgrading(undefined, '127.0.0.1', (_, response) => void response.writeHead(status).end());
    const home = await homeWith(t, { host: '127.0.0.1', port: server.port, protocol: 'ws' });
    const ended = await examined(home, (it) => connect(it));
    assert.equal(ended.code, code);
    assert.match(ended.text, pattern);
  }
});

test('whoever takes the connection and is silent holds the diagnosis no longer than one attempt', async (t) => {
  const tarpit = await raw((socket) => void socket.resume());
  const home = await homeWith(t, { host: '127.0.0.1', port: tarpit.port, resumeTimeout: 1 });
  const { text } = await examined(home, (it) => connect(it));
  assert.match(text, /Establish websocket \.+ Failed\n {2}.* takes the connection but does not answer \(timed out\)\n/);
});

test('without a name server the vendor’s domain is the only line: everything after it has the same cause', async (t) => {
  const home = await homeWith(t, { host: 'fixpoint.cloud.kompira.jp' });
  const { report, text } = await examined(home, (it) => connect(it, names({}, 'EAI_AGAIN')));
  assert.deepEqual(steps(report), ['Resolve DNS forward lookup (cloud.kompira.jp): failed']);
  assert.match(text, /what to do: check .* name server of this machine\n$/);
});

test('a closed port of the vendor’s domain does not keep the space itself from being looked at', async (t) => {
  const lookup = names({ 'cloud.kompira.jp': ['127.99.0.1'], 'fixpoint.cloud.kompira.jp': ['127.99.0.1'] });
  const home = await homeWith(t, { host: 'fixpoint.cloud.kompira.jp' });
  const { report } = await examined(home, (it) => connect(it, lookup));
  assert.deepEqual(steps(report), [
    'Resolve DNS forward lookup (cloud.kompira.jp): ok',
    'Establish TCP connection (cloud.kompira.jp:80): failed',
    'Establish TCP connection (cloud.kompira.jp:443): failed',
    'Resolve DNS forward lookup: ok',
    'Establish TCP connection: failed',
  ]);
});

test('through a proxy nothing goes past it, and the steps are the proxy’s', async (t) => {
  const proxy = await raw((socket) => void socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')));
  const login = 'joe:canary-of-the-proxy';
  const home = await homeWith(t, {
    host: 'fixpoint.cloud.kompira.jp',
    proxy: `http://${login}@127.0.0.1:${proxy.port}`,
  });
  const { report, text } = await examined(home, (it) => connect(it, names({})));
  assert.deepEqual(steps(report), [
    'Resolve DNS forward lookup (cloud.kompira.jp): skip',
    'Establish TCP connection (cloud.kompira.jp:80): skip',
    'Establish TCP connection (cloud.kompira.jp:443): skip',
    'Resolve DNS forward lookup (127.0.0.1): ok',
    `Establish TCP connection (127.0.0.1:${proxy.port}): ok`,
    'Establish tunnel through the proxy: failed',
  ]);
  assert.match(
    text,
    new RegExp(`\nProxy: +http://127\\.0\\.0\\.1:${proxy.port} \\(with a login, from connect\\.proxy\\)\n`),
  );
  assert.match(text, /what to do: have it allow CONNECT to this host and port\n$/);
  assert.ok(!text.includes('canary'));
});

test('a proxy without a login is shown as it is; the dead proxy is named, not the space', async (t) => {
  const home = await homeWith(t, { host: 'space.test', proxy: 'socks5h://127.99.0.1:9' });
  const { text } = await examined(home, (it) => connect(it, names({})), { language: 'ja' });
  assert.match(text, /\nProxy: +socks5h:\/\/127\.99\.0\.1:9 \(from connect\.proxy\)\n/);
  assert.match(
    text,
    /Establish TCP connection \(127\.99\.0\.1:9\) \.+ Failed\n {2}the proxy .* refuses the connection\n {2}対処: 接続先、.*\(check connect\.proxy/,
  );
});

test('settings that lead nowhere are said in place of the table', async (t) => {
  const home = await homeWith(t, {});
  const { report, text } = await examined(home, (it) => connect(it));
  assert.deepEqual(steps(report), ['Read KSOCKET_CONFIG as config file: failed']);
  assert.match(text, / {2}connect\.host is not set\n {2}what to do: name the host of your space in ksocket\.toml\n$/);
});
