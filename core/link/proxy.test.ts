/** Which proxy is taken, and the real space reached through each kind: Debian's tinyproxy and microsocks, TLS by stunnel. */
import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import test, { after, before, type TestContext } from 'node:test';
import { settingsSchema } from '../../config-schema/index.js';
import { startSpace, type TestSpace } from '../../space/testing/space.js';
import { testLogger } from '../../test/kit/index.js';
import { type Failure, Secret } from '../contract/index.js';
import { Redactor } from '../runtime/index.js';
import { type ProxyServer, proxyFor, proxySecrets } from './proxy.js';
import { attempt, canaryPassword, canaryUser, proxy } from './testing/attempt.js';
import { Authorities, type Certificate, noOpenssl } from './testing/certificates.js';
import { closePeers, microsocks, noProxies, type RealPeer, raw, stunnel, tinyproxy } from './testing/peers.js';

const skip = noOpenssl ?? noProxies() ?? false;
const url = new URL('wss://space.test/api');
const variables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((v) => [v, v.toLowerCase()]);

const kept = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

/** The environment with these variables of proxies and no others, until the test ends. */
function environment(t: TestContext, set: Record<string, string>): void {
  for (const name of variables) delete process.env[name];
  Object.assign(process.env, set);
  t.after(() => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

const shown = (it: ProxyServer | undefined) => it && `${it.scheme} ${it.host} ${it.port} ${it.login?.user ?? '-'}`;

test('the variables of the environment lead to a proxy, in either case, and NO_PROXY away from it', (t) => {
  for (const [set, expected, target = url] of [
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://a.test:3128' }, 'http a.test 3128 -'],
    [{ https_proxy: 'https://u:p@b.test' }, 'https b.test 443 u'],
    [{ https_proxy: 'c.test:8080' }, 'http c.test 8080 -'],
    [{ HTTP_PROXY: 'http://a.test' }, undefined],
    [{ HTTP_PROXY: 'http://a.test' }, 'http a.test 80 -', new URL('ws://space.test/')],
    [{ ALL_PROXY: 'socks5://[2001:db8::1]' }, 'socks5 2001:db8::1 1080 -'],
    [{ all_proxy: 'socks://g.test:9050/' }, 'socks5h g.test 9050 -'],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: 'other.test,space.test' }, undefined],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: 'other.test .test' }, undefined],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: '*.test' }, undefined],
    [{ HTTPS_PROXY: 'http://a.test', no_proxy: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: 'space.test:8443' }, 'http a.test 80 -'],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: 'space.test:443' }, undefined],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: '192.0.2.1' }, undefined, new URL('wss://192.0.2.1:444/')],
    [{ HTTPS_PROXY: 'http://a.test', NO_PROXY: '[2001:db8::1]' }, undefined, new URL('wss://[2001:db8::1]/')],
    [{ ALL_PROXY: 'http://a.test' }, undefined, new URL('ws://127.0.0.1:8080/')],
    [{ ALL_PROXY: 'http://a.test' }, undefined, new URL('wss://[::1]/')],
  ] as const) {
    environment(t, set);
    assert.equal(shown(proxyFor(target, 'environment')), expected, JSON.stringify(set));
  }
});

test('the setting outranks the environment, also with none', (t) => {
  environment(t, { HTTPS_PROXY: 'http://env.test', NO_PROXY: '*' });
  assert.equal(shown(proxyFor(url, new Secret('socks5h://u:p%40@set.test'))), 'socks5h set.test 1080 u');
  process.env.NO_PROXY = '';
  assert.equal(proxyFor(url, 'none'), undefined);
  assert.equal(proxyFor(url, 'direct'), undefined);
});

test('a variable that names no proxy is an error without its text', (t) => {
  for (const bad of ['ftp://u:hush@a.test', 'http://u:hush@', 'http://u:hu%zzsh@a.test', 'http://a.test/hush']) {
    environment(t, { HTTPS_PROXY: bad });
    assert.throws(
      () => proxyFor(url, 'environment'),
      (e: Failure) => e.code === 'E_INPUT' && /HTTPS_PROXY.*connect\.proxy/.test(e.sentence) && !/hu/.test(e.sentence),
    );
  }
});

test('a setting that cannot work is named with what is wrong, never with its text', () => {
  for (const [value, pattern] of [
    ['proxy.test:3128', /of no known kind; write it as http:\/\/USER/],
    ['http://u:hush@proxy test', /is no URL/],
    ['socks4://u:hush@a.test', /of no known kind/],
    ['http://u:hu#sh@a.test', /is no URL|has no host, or something after it/],
    ['http://a.test/hush', /something after it/],
    ['http://u:%hush@a.test', /begins no character; write %25/],
    ['http://u%3Ax:hush@a.test', /colon in its user name/],
    [`socks5://u:${'h'.repeat(256)}@a.test`, /more than 255 bytes/],
  ] as const) {
    const { error } = settingsSchema.safeParse({ connect: { proxy: value } });
    assert.match(error?.issues[0]?.message ?? '', pattern, value);
    assert.ok(!/hu|hhh/.test(error!.message), error!.message);
  }
  for (const bad of ['sha256/short=', 'sha1/aaaa', `sha256/${'A'.repeat(43)}B`])
    assert.match(
      settingsSchema.safeParse({ connect: { pins: [bad] } }).error?.message ?? '',
      /is no pin; write sha256/,
    );
  const { connect } = settingsSchema.parse({ connect: { proxy: 'none', pins: [`sha256//${'A'.repeat(43)}=`] } });
  assert.equal(connect.proxy, 'none');
});

test('the password of a proxy is out of the log in each of its forms', () => {
  const redactor = new Redactor();
  const it = proxy('socks5', 1080);
  for (const secret of proxySecrets(it)) redactor.add(secret);
  const basic = Buffer.from(`${canaryUser}:${canaryPassword}`).toString('base64');
  const text = redactor.redact(`${canaryPassword} ${encodeURIComponent(canaryPassword)} Basic ${basic}`);
  assert.equal(text, '[redacted] [redacted] Basic [redacted]');
  const log = testLogger();
  log.info('a proxy', { it });
  assert.ok(!log.lines.join('').includes(canaryPassword));
});

/** The real space behind TLS, an HTTP proxy, TLS before that, and a SOCKS5 proxy. */
let made: Authorities;
let company: Certificate;
let space: TestSpace;
let secured: RealPeer;
let http: RealPeer;
let https: RealPeer;
let socks: RealPeer;

before(async () => {
  if (skip !== false) return;
  made = new Authorities();
  company = made.root('Company Root');
  space = await startSpace();
  const certificate = made.issue(company, 'space', { names: ['IP:127.0.0.1', 'DNS:localhost', 'DNS:space.test'] });
  secured = await stunnel(certificate, Number(new URL(space.url).port));
  http = await tinyproxy();
  https = await stunnel(certificate, http.port);
  socks = await microsocks();
});

after(async () => {
  await closePeers();
  if (skip !== false) return;
  await space.close();
  made.close();
});

/** Scheme, port, and whose log shows it. */
const kinds = () =>
  [
    ['http', http.port, http],
    ['https', https.port, http],
    ['socks5', socks.port, socks],
    ['socks5h', socks.port, socks],
  ] as const;

const lookup: LookupFunction = (host, options, answer) => {
  assert.equal(host, 'space.test');
  if (options.all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
  else answer(null, '127.0.0.1', 4);
};

test('the space is reached through every kind of proxy with a login, over TLS of its own', { skip }, async () => {
  for (const [scheme, port, server] of kinds()) {
    for (const host of ['127.0.0.1', 'localhost']) {
      const before = server.log().length;
      const route = { proxy: proxy(scheme, port), authorities: [company.cert] };
      const target = `wss://${host}:${secured.port}/api/ksocket/connect`;
      assert.ok((await attempt(target, { ...route, token: space.token })).opened, `${scheme} ${host}`);
      // The space's own answer comes back the same way.
      const { code, reason } = await attempt(target, { ...route, stay: true });
      assert.deepEqual([code, reason], [4401, 'token unknown'], scheme);
      assert.ok(server.log().slice(before).includes(`:${secured.port}`), `the log of the ${scheme} proxy has it`);
    }
  }
});

test('ws goes through a tunnel too, and a pin holds through it', { skip }, async () => {
  const plain = `${space.url.replace('http:', 'ws:')}/api/ksocket/connect`;
  for (const [scheme, port] of kinds()) {
    const route = { proxy: proxy(scheme, port), authorities: [company.cert] };
    assert.ok((await attempt(plain, route)).opened, scheme);
    const pinned = await attempt(`wss://127.0.0.1:${secured.port}/`, { ...route, pins: [`sha256/${'A'.repeat(43)}=`] });
    assert.match(pinned.reason, /certificate of 127\.0\.0\.1:\d+ has no key of connect\.pins/);
  }
});

test('socks5 asks the name server here, socks5h at the proxy', { skip }, async () => {
  const target = `wss://space.test:${secured.port}/api/ksocket/connect`;
  const route = { authorities: [company.cert], lookup };
  assert.ok((await attempt(target, { ...route, proxy: proxy('socks5', socks.port) })).opened);
  const failing: LookupFunction = (_, __, answer) => answer(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
  assert.match(
    (await attempt(target, { ...route, lookup: failing, proxy: proxy('socks5', socks.port) })).reason,
    /^no address for space\.test \(ENOTFOUND\); check connect\.host/,
  );
  const remote = await attempt(`wss://localhost:${secured.port}/`, {
    ...route,
    lookup: failing,
    proxy: proxy('socks5h', socks.port),
  });
  assert.match(remote.reason, /no end point for agents at \//);
});

test('a variable of the environment is enough', { skip }, async (t) => {
  environment(t, { ALL_PROXY: `socks5://${canaryUser}:${encodeURIComponent(canaryPassword)}@127.0.0.1:${socks.port}` });
  const target = new URL(`wss://space.test:${secured.port}/api/ksocket/connect`);
  const before = socks.log().length;
  const route = { authorities: [company.cert], lookup, proxy: proxyFor(target, 'environment') };
  assert.ok((await attempt(target.href, route)).opened);
  assert.match(socks.log().slice(before), /127\.0\.0\.1/);
});

test('TLS through a proxy verifies the space’s name, not the proxy’s', { skip }, async () => {
  const wrong = await stunnel(made.issue(company, 'x', { names: ['DNS:localhost', 'DNS:other.test'] }), 9);
  for (const [scheme, port] of kinds()) {
    const end = await attempt(`wss://127.0.0.1:${wrong.port}/`, {
      proxy: proxy(scheme, port),
      authorities: [company.cert],
    });
    assert.match(end.reason, /certificate of 127\.0\.0\.1:\d+ is for another name than 127\.0\.0\.1/, scheme);
  }
});

test('a wrong or missing login is the proxy’s refusal, by its name', { skip }, async () => {
  const target = `wss://127.0.0.1:${secured.port}/`;
  for (const [scheme, port] of kinds()) {
    const route = { authorities: [company.cert] };
    const wrong = await attempt(target, { ...route, proxy: proxy(scheme, port, 'agent7:hunter22@') });
    assert.match(
      wrong.reason,
      /^the proxy 127\.0\.0\.1:\d+ refuses its user or password \((HTTP 40[17]|SOCKS5)\); correct the proxy's login in connect\.proxy$/,
    );
    assert.ok(wrong.refused && !wrong.reason.includes('hunter22'));
    const none = await attempt(target, { ...route, proxy: proxy(scheme, port, '') });
    assert.match(none.reason, /asks for a user and a password \(.*\); write them as \w+:\/\/USER:PASSWORD@HOST:PORT/);
    assert.ok(none.refused);
  }
});

test('a proxy that cannot or may not reach the space says so, and KSOCKET_INSECURE is not for the proxy', {
  skip,
}, async () => {
  const { port: closed, close } = await raw(() => undefined);
  await close();
  const unreachable = `wss://127.0.0.1:${closed}/`;
  assert.match(
    (await attempt(unreachable, { proxy: proxy('http', http.port) })).reason,
    /^the proxy 127\.0\.0\.1:\d+ cannot reach 127\.0\.0\.1:\d+ \(HTTP 50\d\); check connect\.host/,
  );
  assert.match(
    (await attempt(unreachable, { proxy: proxy('socks5h', socks.port) })).reason,
    /^127\.0\.0\.1:\d+ refuses the connection of the proxy 127\.0\.0\.1:\d+; check connect\.host/,
  );
  const strict = await tinyproxy(['ConnectPort 443']);
  assert.match(
    (await attempt(unreachable, { proxy: proxy('http', strict.port) })).reason,
    /does not permit the connection to 127\.0\.0\.1:\d+ \(HTTP 403\); have it allow CONNECT/,
  );
  assert.match(
    (await attempt(`wss://127.0.0.1:${secured.port}/`, { verify: false, proxy: proxy('https', https.port) })).reason,
    /^the certificate of the proxy 127\.0\.0\.1:\d+ is issued by/,
  );
});

test('the login of an HTTP proxy is sent as RFC 7617 says, whatever letters it has', async () => {
  let asked = '';
  const peer = await raw((socket) => {
    socket.once('data', (data) => {
      asked = String(data);
      socket.end();
    });
  });
  const login = `${canaryUser}:${encodeURIComponent(canaryPassword)}@`;
  await attempt('wss://[2001:db8::1]/', { proxy: proxy('http', peer.port, login) });
  const basic = Buffer.from(`${canaryUser}:${canaryPassword}`).toString('base64');
  assert.match(asked, /^CONNECT \[2001:db8::1\]:443 HTTP\/1\.1\r\n/);
  assert.ok(asked.includes(`\r\nproxy-authorization: Basic ${basic}\r\n`), asked);
  assert.ok(!asked.includes('ks1_'), 'the token is not for the proxy');
});

test('a proxy that is not there, or is something else, is named as the proxy', async () => {
  const target = 'wss://192.0.2.1/';
  const peers = {
    gone: await raw(() => undefined),
    ssh: await raw((socket) => void socket.write('SSH-2.0-OpenSSH_9.2p1\r\n')),
    closing: await raw((socket) => void socket.once('data', () => socket.destroy())),
    tarpit: await raw((socket) => void socket.resume()),
    endless: await raw((socket) => {
      const more = () => {
        while (socket.writable && socket.write(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(2000)}`));
      };
      socket.once('data', more).on('drain', more);
    }),
    page: await raw((socket) => void socket.once('data', () => socket.end('HTTP/1.1 302 Found\r\n\r\n'))),
    kerberos: await raw(
      (socket) =>
        void socket.once('data', () =>
          socket.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n'),
        ),
    ),
  };
  await peers.gone.close();
  for (const [scheme, peer, pattern] of [
    ['http', 'gone', /refuses the connection; check connect\.proxy, and that the proxy runs/],
    ['socks5', 'gone', /refuses the connection; check connect\.proxy, and that the proxy runs/],
    ['http', 'ssh', /does not speak HTTP; check the scheme and the port in connect\.proxy/],
    ['https', 'ssh', /does not speak TLS; if it is a plain one, write http:\/\/ in connect\.proxy/],
    ['socks5h', 'ssh', /does not speak SOCKS5; check the scheme and the port in connect\.proxy/],
    ['http', 'closing', /closed the connection without an answer; check the scheme/],
    ['socks5', 'closing', /closed the connection without an answer; check the scheme/],
    ['http', 'endless', /does not speak HTTP/],
    ['http', 'page', /answered HTTP 302 to CONNECT; a captive portal may stand between/],
    ['http', 'kerberos', /wants a login that is not Basic \(HTTP 407\)/],
    ['http', 'tarpit', /takes the connection but does not answer \(timed out\)/],
    ['https', 'tarpit', /takes the connection but does not answer \(timed out\)/],
    ['socks5', 'tarpit', /takes the connection but does not answer \(timed out\)/],
  ] as const) {
    const { port } = peers[peer];
    const end = await attempt(target, {
      proxy: proxy(scheme, port),
      ...(peer === 'tarpit' ? { breakAfter: 100 } : {}),
    });
    assert.match(end.reason, pattern, `${scheme} ${peer}`);
    assert.match(end.reason, /the proxy 127\.0\.0\.1:\d+/);
  }
  // A name server that is slower than the proxy's patience, and one that never answers.
  const hasty = await raw((socket) => void setTimeout(() => socket.destroy(), 20));
  const slow: LookupFunction = (_, __, answer) => void setTimeout(() => answer(null, '192.0.2.1', 4), 60);
  const late = await attempt('wss://space.test/', { proxy: proxy('socks5', hasty.port), lookup: slow });
  assert.match(late.reason, /closed the connection without an answer/);
  const never = { lookup: () => undefined, breakAfter: 50, proxy: proxy('socks5', peers.tarpit.port) };
  assert.match((await attempt('wss://space.test/', never)).reason, /does not answer \(timed out\)/);
  while (peers.tarpit.open() + peers.endless.open() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});
