/** Certificates of a real authority, and what an agent says of those it does not believe. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Failure } from '../contract/index.js';
import { attempt, canaryToken } from './testing/attempt.js';
import { Authorities, type Certificate, noOpenssl } from './testing/certificates.js';
import { closePeers, raw, type Seen, upgrading } from './testing/peers.js';
import { chainKeys, readAuthorities } from './trust.js';

const skip = noOpenssl ?? false;
let made: Authorities;
let company: Certificate;
let good: Certificate;
let space: Seen;

before(async () => {
  if (skip !== false) return;
  made = new Authorities();
  company = made.root('Company Root');
  good = made.issue(company, 'space');
  space = await upgrading(good);
});

after(async () => {
  if (skip !== false) return;
  await closePeers();
  made.close();
});

const trusting = () => ({ authorities: [company.cert] });

/** What is said of a server with this certificate, and that it never saw the token. */
async function saidOf(certificate: Pick<Certificate, 'cert' | 'key'>, route = {}, host = '127.0.0.1') {
  const server = await upgrading(certificate);
  const end = await attempt(`wss://${host}:${server.port}/api`, route);
  assert.ok(!end.opened);
  assert.deepEqual(server.requests, [], 'nothing was sent to a peer that is not verified');
  return end.reason.replaceAll(String(server.port), 'PORT');
}

test('with its CA file the private space is reached, by address and by name, and gets the token', {
  skip,
}, async () => {
  const authorities = await readAuthorities(made.file('two.pem', `notes\n${made.root('Other').cert}\n${company.cert}`));
  assert.equal(authorities.length, 2);
  for (const host of ['127.0.0.1', 'localhost']) {
    const end = await attempt(`wss://${host}:${space.port}/api`, { authorities });
    assert.deepEqual([end.opened, end.code], [true, 1000], end.reason);
  }
  assert.equal(space.requests.at(-1)?.headers.authorization, `Bearer ${canaryToken}`);
});

test('an authority that nobody knows is named, with the way to trust it', { skip }, async () => {
  const inspecting = made.root('Inspection "CA"\u0007');
  const shown = made.issue(inspecting, 'space');
  assert.equal(
    await saidOf(shown, trusting()),
    'the certificate of 127.0.0.1:PORT is issued by "Example Works, Inspection ?CA??", which this machine does not trust (UNABLE_TO_VERIFY_LEAF_SIGNATURE); if your company inspects TLS or runs its own authority, set connect.caFile to its CA certificate',
  );
  assert.match(
    await saidOf({ cert: shown.cert + inspecting.cert, key: shown.key }),
    /issued by "Example Works, Inspection .*SELF_SIGNED_CERT_IN_CHAIN.*connect\.caFile/,
  );
  assert.match(await saidOf(made.root('localhost')), /DEPTH_ZERO_SELF_SIGNED_CERT.*connect\.caFile/);
});

test('another name, a certificate that has expired and one of the future are told apart', { skip }, async () => {
  assert.equal(
    await saidOf(made.issue(company, 'other', { names: ['DNS:other.test'] }), trusting()),
    'the certificate of 127.0.0.1:PORT is for another name than 127.0.0.1; check connect.host, or who answers there',
  );
  assert.match(
    await saidOf(made.issue(company, 'old', { from: -20, until: -2 }), trusting()),
    /has expired; have it renewed, and check the clock of this machine$/,
  );
  assert.match(
    await saidOf(made.issue(company, 'young', { from: 2, until: 20 }), trusting()),
    /is not valid yet; check the clock of this machine$/,
  );
});

test('a pin of the leaf, of an intermediate or of the root lets the space in, any other key does not', {
  skip,
}, async () => {
  const between = made.issue(company, 'Company Branch', { authority: true });
  const leaf = made.issue(between, 'space');
  const chain = { cert: leaf.cert + between.cert, key: leaf.key };
  const server = await upgrading(chain);
  for (const { pin } of [leaf, between, company]) {
    for (const written of [pin, pin.replace('/', '//')]) {
      const end = await attempt(`wss://127.0.0.1:${server.port}/`, { ...trusting(), pins: [good.pin, written] });
      assert.ok(end.opened, end.reason);
    }
  }
  assert.equal(
    await saidOf(chain, { ...trusting(), pins: [good.pin] }),
    `the certificate of 127.0.0.1:PORT has no key of connect.pins (it shows ${leaf.pin}); if the space has a new key, add that one, else somebody stands between`,
  );
});

test('a pinned certificate that is only sent along vouches for nothing', { skip }, async () => {
  // Both are called alike, so by names alone either is the issuer.
  const real = made.root('Twin');
  const twin = made.root('Twin');
  const leaf = made.issue(twin, 'space');
  const rawOf = ({ cert }: Certificate) => new X509Certificate(cert).raw;
  const shown = { raw: rawOf(leaf), issuerCertificate: { raw: rawOf(real) } } as Parameters<typeof chainKeys>[0];
  assert.deepEqual(chainKeys(shown), [leaf.pin.slice(-44)]);
  assert.match(
    await saidOf(
      { cert: leaf.cert + real.cert + twin.cert, key: leaf.key },
      { authorities: [twin.cert], pins: [real.pin] },
    ),
    /certificate of/,
  );
});

test('KSOCKET_INSECURE believes whoever answers: authority, name and pins are not looked at', { skip }, async () => {
  const server = await upgrading(made.root('stranger'));
  const end = await attempt(`wss://127.0.0.1:${server.port}/`, { verify: false, pins: [good.pin], ...trusting() });
  assert.ok(end.opened, end.reason);
});

test('plain HTTP, a closing port and an SSH server on the TLS port each have their sentence', { skip }, async () => {
  const plain = await upgrading();
  assert.match(
    (await attempt(`wss://127.0.0.1:${plain.port}/`)).reason,
    /does not speak TLS; the space may speak ws: see connect\.protocol and connect\.port$/,
  );
  const closing = await raw((socket) => void socket.once('data', () => socket.destroy()));
  assert.match(
    (await attempt(`wss://127.0.0.1:${closing.port}/`)).reason,
    /closed the connection during the TLS handshake; a firewall or proxy may stand between/,
  );
  const ssh = await raw((socket) => void socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
  assert.match((await attempt(`wss://127.0.0.1:${ssh.port}/`)).reason, /does not speak TLS/);
});

test('a CA file that holds none, or a broken one, is an error with its remedy', { skip }, async () => {
  const der = new X509Certificate(company.cert).raw;
  const broken = company.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  for (const [path, pattern] of [
    [made.file('ca.der', der), /holds no certificate in PEM; if it is DER, convert it: openssl x509 -inform der/],
    [made.file('empty.pem', ''), /holds no certificate in PEM/],
    [made.file('broken.pem', company.cert + broken), /certificate 2 of .*broken\.pem cannot be read; export it again/],
    [`${made.folder}/none.pem`, /none\.pem does not exist/],
  ] as const) {
    await assert.rejects(readAuthorities(path), (e: Failure) => pattern.test(e.sentence), path);
  }
});
