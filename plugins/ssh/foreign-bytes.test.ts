/** What servers, operators' files and other tools hand over before anything is known of them: whatever it is, it is read or refused. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure, secret } from 'ksocket/plugin';
import { readIdentification } from './identification.js';
import { isAbout, isAt, linesOf, placeOf, placesOf, usualPlace } from './known-hosts-file.js';
import { offerIn } from './offer.js';
import { string, unencryptedKey } from './openssh-key.js';
import { parsePrivateKey } from './private-key.js';

/** A text with pieces taken out, doubled and replaced. */
const damaged = (whole: Buffer) =>
  fc
    .tuple(fc.nat(whole.length), fc.nat(64), fc.uint8Array({ maxLength: 64 }))
    .map(([at, cut, put]) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]));

test('an identification is found in whatever pieces it comes, and nothing behind it is lost', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('hello\r\n', '\n', 'SSH-1.5-old\r\n', 'SSH-2.0-a b\r\n', 'SSH-2.0-', 'x'.repeat(300)), {
        maxLength: 6,
      }),
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
      async (lines, rest, sizes) => {
        const sent = Buffer.concat([Buffer.from(lines.join('')), rest]);
        const stream = new PassThrough();
        const reading = readIdentification(stream, 'log in').then(
          (line) => line,
          (error: unknown) => error,
        );
        for (let at = 0, i = 0; at < sent.length; i += 1) {
          const size = sizes[i % sizes.length]!;
          stream.write(sent.subarray(at, at + size));
          at += size;
        }
        stream.end();
        const outcome = await reading;
        if (typeof outcome !== 'string') {
          assert.ok(outcome instanceof Failure, String(outcome));
          assert.ok(['E_PROTOCOL', 'E_RESET', 'E_UNSUPPORTED'].includes(outcome.code), outcome.code);
          return;
        }
        assert.match(outcome, /^SSH-(2\.0|1\.99)-/);
        const left = Buffer.concat(await stream.toArray());
        assert.ok(sent.subarray(sent.length - left.length).equals(left));
        assert.ok(left.toString('latin1').startsWith(outcome.slice(0, 8)));
      },
    ),
    { numRuns: 300 },
  ));

test('whatever stands behind an identification is an offer, none, or not yet whole', () => {
  const names = Array.from({ length: 10 }, () => string('curve25519-sha256,kex-strict-s-v00@openssh.com'));
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...names, Buffer.alloc(5)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length + 1);
  const whole = Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), length, Buffer.from([0]), payload]);
  const offer = offerIn(whole);
  assert.ok(typeof offer === 'object' && offer.strict);
  const any = fc.oneof(fc.uint8Array({ maxLength: 400 }).map(Buffer.from), damaged(whole));
  fc.assert(
    fc.property(any, (bytes) => {
      const it = offerIn(bytes);
      assert.ok(it === undefined || it === 'none' || Array.isArray(it.kex));
    }),
    { numRuns: 2000 },
  );
});

test('any text is a known_hosts file, and a place that is written is the place that is found', () => {
  const word = fc.constantFrom(
    '@revoked',
    '@cert-authority',
    '|1|',
    '|1|a|b',
    '[',
    ']:',
    '10.0.0.1',
    '>',
    ',',
    '#',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((it) => it.join('')),
  );
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((it) => usualPlace(`[${it}]:22`) ?? '::1'),
  );
  fc.assert(
    fc.property(text, (line) => {
      for (const { places } of linesOf(`${line}\n${line} ssh-ed25519 AAAA`)) {
        for (const it of places) {
          usualPlace(it);
          isAbout(it, '10.0.0.1', undefined);
          isAt(it, { address: '10.0.0.1', port: 22, via: [] });
        }
      }
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(
      address,
      fc.integer({ min: 1, max: 65535 }),
      fc.array(fc.ipV4(), { maxLength: 3 }),
      (host, port, via) => {
        const place = { address: host, port, via };
        for (const written of placesOf(place)) {
          assert.ok(isAt(written, place), written);
          assert.deepEqual(placeOf(written), place);
        }
      },
    ),
  );
});

test('a damaged key file is a key or a reason, and no piece of it is repeated', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passphrase = secret().parse('canary-81c2');
  const files = [
    pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary-81c2' }),
    unencryptedKey('ssh-ed25519', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 7))]), [
      Buffer.alloc(32, 7),
      Buffer.alloc(64, 7),
    ]),
    [
      'PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 1',
      'AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nPrivate-Lines: 1\nAAAAIAcH',
      'Private-MAC: 00\n',
    ].join('\n'),
  ].map((it) => Buffer.from(it));
  for (const file of files) {
    fc.assert(
      fc.property(damaged(file), (content) => {
        try {
          assert.equal(typeof parsePrivateKey('id_test', content, passphrase).type, 'string');
        } catch (error) {
          assert.ok(error instanceof Failure && error.code === 'E_CREDENTIAL', String(error));
          assert.ok(error.message.length < 300 && !error.message.includes('canary'), error.message);
        }
      }),
      { numRuns: 150 },
    );
  }
});

test('a container of OpenSSH that says it holds no key is refused', () => {
  const blob = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 7))]);
  const [begin, ...lines] = unencryptedKey('ssh-ed25519', blob, [Buffer.alloc(32, 7), Buffer.alloc(64, 7)])
    .trimEnd()
    .split('\n');
  const end = lines.pop();
  const body = Buffer.from(lines.join(''), 'base64');
  body.writeUInt32BE(0, body.indexOf(string(blob)) - 4);
  assert.throws(
    () => parsePrivateKey('id_none', Buffer.from([begin, body.toString('base64'), end].join('\n')), undefined),
    (error: Failure) => error.code === 'E_CREDENTIAL' && /holds no key/.test(error.message),
  );
});

test('a key whose passphrase would cost hours is refused before it is tried', () => {
  const rounds = Buffer.from('ffffffff', 'hex');
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('aes256-ctr'),
    string('bcrypt'),
    string(Buffer.concat([string(Buffer.alloc(16)), rounds])),
    Buffer.from([0, 0, 0, 1]),
    string('public'),
    string(Buffer.alloc(64)),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  const file = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
  assert.throws(
    () => parsePrivateKey('id_slow', Buffer.from(file), secret().parse('x')),
    (error: Failure) => error.code === 'E_CREDENTIAL' && /rounds: ssh-keygen -p/.test(error.message),
  );
});
