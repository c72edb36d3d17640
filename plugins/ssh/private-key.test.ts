/** Key files made by OpenSSH and OpenSSL’s own code; whether a server accepts the key is tested with sshd. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { Failure, Secret } from 'ksocket/plugin';
import { PrivateKeys, parsePrivateKey } from './private-key.js';

const passphrase = 'correct horse';
const pairs = {
  ed25519: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

for (const [type, { privateKey, publicKey }] of Object.entries(pairs)) {
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string;

  test(`an ${type} key in PKCS#8, plain or encrypted, is the same key`, () => {
    const data = Buffer.from('signed');
    for (const [text, secret] of [
      [plain, undefined],
      [encrypted, new Secret(passphrase)],
    ] as const) {
      const key = parsePrivateKey('id', Buffer.from(text), secret);
      assert.equal(
        key.getPublicPEM().replace(/\s/g, ''),
        publicKey.export({ type: 'spki', format: 'pem' }).toString().replace(/\s/g, ''),
      );
      assert.ok(key.verify(data, key.sign(data)));
    }
  });

  test(`a wrong or a missing passphrase of an ${type} key in PKCS#8 names the file and not the passphrase`, () => {
    for (const secret of [undefined, new Secret('wrong canary')]) {
      assert.throws(
        () => parsePrivateKey('keys/id_test', Buffer.from(encrypted), secret),
        (error: Failure) =>
          error instanceof Failure &&
          error.code === 'E_CREDENTIAL' &&
          error.message.includes('keys/id_test') &&
          !String((error.cause as Error)?.stack).includes('canary') &&
          !error.message.includes('canary'),
      );
    }
  });
}

test('what is no private key is refused with the name of the file', () => {
  for (const text of ['', 'garbage', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'ssh-rsa AAAA']) {
    assert.throws(() => parsePrivateKey('id', Buffer.from(text), undefined), { code: 'E_CREDENTIAL' });
  }
});

test('the same file with the same passphrase is parsed once, and with another passphrase again', () => {
  const { privateKey } = pairs.ed25519;
  const file = Buffer.from(
    privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string,
  );
  const keys = new PrivateKeys();
  assert.equal(keys.parse('a', file, new Secret(passphrase)), keys.parse('b', file, new Secret(passphrase)));
  assert.throws(() => keys.parse('a', file, new Secret('other')), { code: 'E_CREDENTIAL' });
});
