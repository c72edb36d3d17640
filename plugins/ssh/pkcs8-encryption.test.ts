/** Encrypted PKCS#8 keys, from OpenSSL's own code and from hands that want this process to stand still. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { Secret } from 'ksocket/plugin';
import { isBearable, mostIterations } from './pkcs8-encryption.js';
import { PrivateKeys, parsePrivateKey } from './private-key.js';

const der = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  const length = Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const name = (hex: string) => der(6, Buffer.from(hex, 'hex'));
/** As short as it is positive. */
const number = (value: number) => {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return der(2, Buffer.from(even >= '8' ? `00${even}` : even, 'hex'));
};
const salt = der(4, Buffer.alloc(8, 1));
const data = der(4, Buffer.alloc(64));
const aes = sequence(name('60864801650304012a'), der(4, Buffer.alloc(16)));
const pbes2 = (derivation: Buffer) => sequence(sequence(name('2a864886f70d01050d'), sequence(derivation, aes)), data);

const pbkdf2 = (iterations: number) =>
  pbes2(sequence(name('2a864886f70d01050c'), sequence(salt, number(iterations), sequence(name('2a864886f70d0209')))));
const scrypt = (n: number, r: number, p: number) =>
  pbes2(sequence(name('2b06010401da47040b'), sequence(salt, number(n), number(r), number(p))));
const pkcs12 = (iterations: number) =>
  sequence(sequence(name('2a864886f70d010c0103'), sequence(salt, number(iterations))), data);

const file = (key: Buffer) =>
  Buffer.from(
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${key.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
  );

test('a key that would cost minutes or gibibytes to open is refused before it is tried, by whatever derivation', () => {
  const most = 0x7fffffff;
  for (const key of [pbkdf2(most), pkcs12(most), scrypt(131_072, 1, 131_072), scrypt(2 ** 40, 8, 1), pbkdf2(2 ** 50)]) {
    assert.equal(isBearable(key), false);
    assert.throws(() => parsePrivateKey('id', file(key), new Secret('x')), {
      code: 'E_CREDENTIAL',
      message: /id: its passphrase costs more than 5000000 iterations, .*: openssl pkcs8 -topk8 -iter 1000000 -in FILE/,
    });
  }
  for (const key of [pbkdf2(mostIterations), pkcs12(2048), scrypt(131_072, 8, 1)]) assert.equal(isBearable(key), true);
});

test('what says its cost in no known way is not tried either', () => {
  const indefinite = Buffer.concat([Buffer.from([0x30, 0x80]), pbkdf2(2048).subarray(4), Buffer.alloc(2)]);
  const unknown = sequence(sequence(name('2a8648'), sequence(salt, number(1))), data);
  for (const key of [indefinite, unknown, Buffer.alloc(0), Buffer.concat([pbkdf2(1), Buffer.alloc(1)])]) {
    assert.equal(isBearable(key), undefined);
    assert.throws(() => parsePrivateKey('id', file(key), new Secret('x')), /encrypted in a way that is not known here/);
  }
});

test('any bytes are judged, and none of a real key cut short is taken for whole', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const form = { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const real = privateKey.export(form);
  assert.equal(isBearable(real), true);
  for (let length = 0; length < real.length; length++) assert.equal(isBearable(real.subarray(0, length)), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isBearable(Buffer.from(bytes)) !== true));
});

test('a wrong passphrase is found out once, not for every host, and each file is told by its own name', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = Buffer.from(
    privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' }) as string,
  );
  const keys = new PrivateKeys();
  const causes = ['keys/a', 'keys/b'].map((filename) => {
    try {
      keys.parse(filename, key, new Secret('wrong'));
    } catch (error) {
      assert.match((error as Error).message, new RegExp(`read private key ${filename}: wrong passphrase`));
      return (error as Error).cause;
    }
    return assert.fail('it was opened');
  });
  // The very same error: nothing was derived again.
  assert.ok(causes[0] instanceof Error);
  assert.equal(causes[0], causes[1]);
  assert.ok(keys.parse('keys/a', key, new Secret('right')).isPrivateKey());
});
