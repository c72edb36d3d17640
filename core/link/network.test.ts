/** The network as it is, without a proxy: names, addresses, ports, and what answers there instead of a space. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { LookupFunction } from 'node:net';
import test, { after } from 'node:test';
import { attempt, canaryToken } from './testing/attempt.js';
import { closePeers, raw, upgrading } from './testing/peers.js';

after(closePeers);

/** A name server of the test's own: nothing here asks a real one. */
const names =
  (...addresses: string[]): LookupFunction =>
  (_, options, answer) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all) answer(null, found);
    else answer(null, found[0]!.address, found[0]!.family);
  };

const noNames =
  (code: string): LookupFunction =>
  (host, _, answer) =>
    answer(
      Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo', hostname: host }),
      [],
    );

const ipv6 = await raw(() => undefined, '::1').then(
  ({ close }) => close().then(() => false as const),
  () => 'needs ::1 on loopback' as const,
);

/** The peer hears a moment later that the connection was ended; a test that waits for ever has found a leak. */
async function leftBy(peer: { open(): number }): Promise<void> {
  while (peer.open() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function closedPort(): Promise<number> {
  const { port, close } = await raw(() => undefined);
  await close();
  return port;
}

/** What is said when the upgrade is answered like this. */
async function answered(listener: RequestListener, path = '/api/ksocket/connect') {
  const server = await upgrading(undefined, '127.0.0.1', listener);
  const end = await attempt(`ws://127.0.0.1:${server.port}${path}`);
  assert.ok(!end.opened);
  assert.equal(end.code, 1006);
  assert.ok(!end.local);
  return { ...end, reason: end.reason.replaceAll(String(server.port), 'PORT') };
}

test('a name without an address says which, and EAI_AGAIN is this machine’s own fault', async () => {
  const gone = await attempt('wss://space.test/api', { lookup: noNames('ENOTFOUND') });
  assert.equal(
    gone.reason,
    'no address for space.test (ENOTFOUND); check connect.host and the name server of this machine',
  );
  assert.deepEqual([gone.code, gone.local, gone.refused], [1006, false, false]);
  assert.ok((await attempt('wss://space.test/api', { lookup: noNames('EAI_AGAIN') })).local);
});

test('each attempt looks the name up anew, so a space that moved is found', async () => {
  const server = await upgrading();
  const answers = [noNames('ENOTFOUND'), names('127.0.0.2'), names('127.0.0.1')];
  let asked = 0;
  const lookup: LookupFunction = (host, options, answer) => answers[asked++]!(host, options, answer);
  const url = `ws://space.test:${server.port}/`;
  assert.match((await attempt(url, { lookup })).reason, /ENOTFOUND/);
  assert.match((await attempt(url, { lookup })).reason, /space\.test:\d+ refuses the connection/);
  assert.ok((await attempt(url, { lookup })).opened);
  assert.equal(asked, 3);
});

test('a refused port says what to check, with one address and with several', async () => {
  const port = await closedPort();
  for (const [host, lookup] of [
    ['127.0.0.1', names('127.0.0.1')],
    ['space.test', names('::1', '127.0.0.1')],
  ] as const) {
    const end = await attempt(`wss://${host}:${port}/`, { lookup });
    assert.equal(
      end.reason,
      `${host}:${port} refuses the connection; check connect.host and connect.port, and that the space runs`,
    );
  }
});

test('a dead IPv6 address does not hide a live IPv4 one', { skip: ipv6 }, async () => {
  const server = await upgrading();
  const end = await attempt(`ws://space.test:${server.port}/`, { lookup: names('::1', '127.0.0.1') });
  assert.ok(end.opened, end.reason);
});

test('an IPv6 address is a host like any other', { skip: ipv6 }, async () => {
  const server = await upgrading(undefined, '::1');
  assert.ok((await attempt(`ws://[::1]:${server.port}/`)).opened);
  await server.close();
  assert.match((await attempt(`ws://[::1]:${server.port}/`)).reason, /^\[::1\]:\d+ refuses the connection/);
});

test('whoever takes the connection and is silent keeps it no longer than the attempt', async () => {
  for (const scheme of ['ws', 'wss']) {
    const tarpit = await raw((socket) => void socket.resume());
    const end = await attempt(`${scheme}://127.0.0.1:${tarpit.port}/`, { breakAfter: 100 });
    assert.match(
      end.reason,
      /takes the connection but does not answer \(timed out\); another service may have this port/,
    );
    await leftBy(tarpit);
  }
});

test('a name server that never answers, and an end point that no WebSocket has, end the attempt too', async () => {
  const end = await attempt('wss://space.test/', { lookup: () => undefined, breakAfter: 50 });
  assert.match(end.reason, /space\.test:443 does not answer \(timed out\)/);
  const server = await upgrading();
  assert.match((await attempt(`ws://127.0.0.1:${server.port}/#part`)).reason, /fragment/);
});

test('a captive portal’s page and its redirect are called by their name, and an endless page is not read', async () => {
  const portal =
    '127.0.0.1:PORT answered with a web page (HTTP 200), not a WebSocket: a captive portal or proxy stands between; log in to this network with a browser, or set connect.proxy';
  const { reason } = await answered((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    const more = () => {
      while (response.write('<p>login</p>'.repeat(1000)));
    };
    response.on('drain', more);
    more();
  });
  assert.equal(reason, portal);
  const moved = await answered((_, response) => {
    response.writeHead(302, { location: 'http://login.wifi.test/?next=x' }).end();
  });
  assert.equal(moved.reason, portal.replace('a web page (HTTP 200)', 'a redirect to login.wifi.test (HTTP 302)'));
});

test('each status of a reverse proxy or space has its next step; only 401, 403 and 407 are refusals', async () => {
  for (const [status, pattern, refused, headers] of [
    [200, /answered HTTP 200 instead of a WebSocket; check connect\.endpoint/, false, {}],
    [301, /wants TLS \(HTTP 301\); set connect\.protocol to wss/, false, { location: 'https://127.0.0.1/' }],
    [400, /a reverse proxy must pass Upgrade on, or the port wants TLS/, false, {}],
    [401, /refuses this agent \(HTTP 401\); check connect\.token/, true, {}],
    [403, /refuses this agent \(HTTP 403\)/, true, { 'content-type': 'text/html' }],
    [404, /no end point for agents at \/api\/ksocket\/connect \(HTTP 404\)/, false, {}],
    [407, /a proxy between here and .* asks for a login/, true, {}],
    [418, /answered HTTP 418 instead/, false, {}],
    [429, /too many attempts from here \(HTTP 429\)/, false, {}],
    [500, /has a fault of its own \(HTTP 500\)/, false, {}],
    [502, /the space behind it does not \(HTTP 502\)/, false, {}],
    [503, /the space behind it does not \(HTTP 503\)/, false, { 'content-type': 'text/html' }],
  ] as const) {
    const end = await answered((_, response) => void response.writeHead(status, headers).end('{}'));
    assert.match(end.reason, pattern);
    assert.equal(end.refused, refused, String(status));
  }
});

test('a peer that is no web server, or closes, or speaks another WebSocket is told apart', async () => {
  for (const [reply, pattern] of [
    ['SSH-2.0-OpenSSH_9.2p1\r\n', /does not speak HTTP; the port may want TLS/],
    ['\x15\x03\x01\x00\x02\x02\x46', /does not speak HTTP; the port may want TLS/],
    ['', /closed the connection instead of answering/],
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
      /speaks WebSocket, but not the protocol of a space; check connect\.endpoint/,
    ],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, /does not speak HTTP/],
  ] as const) {
    const peer = await raw((socket) => void socket.once('data', () => socket.end(reply)));
    const { reason } = await attempt(`ws://127.0.0.1:${peer.port}/`);
    assert.match(reason, pattern);
  }
});

test('an open link that the network cuts ends once, with the error', async () => {
  const server = await upgrading();
  const ending = attempt(`ws://127.0.0.1:${server.port}/`, { stay: true });
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.requests[0]!.headers.authorization, `Bearer ${canaryToken}`);
  server.requests[0]!.socket.resetAndDestroy();
  const end = await ending;
  assert.equal(end.code, 1006);
  assert.ok(!end.local && !end.refused);
});
