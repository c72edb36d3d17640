import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { Failure } from '../contract/index.js';
import { compareVersions } from '../wire/index.js';
import { type Manifest, parseHead, signManifest, writeHead } from './bundle.js';
import { addSignatures, openBundle } from './bundle-file.js';
import { parsePublicKey, readOwnKeys, readShippedKeys } from './keys.js';
import { here, makeBundle, newKey, temporaryFolder } from './testing/bundles.js';
import { requireSignatures } from './trust.js';

const isRefused = (error: unknown) => error instanceof Failure && error.code === 'E_UPDATE';
const release = newKey();

test('a bundle says what it is, and is believed by who has the key', async (t) => {
  const bundle = await openBundle(await makeBundle(await temporaryFolder(t), [release], { minVersion: '3.0' }));
  t.after(() => bundle.close());
  const { version, platform, minVersion } = bundle.head.manifest;
  assert.deepEqual({ version, platform, minVersion }, { version: '3.1.0', platform: here, minVersion: '3.0' });
  await bundle.verifyPayload();
  assert.deepEqual(
    requireSignatures(bundle.head, [{ keys: [release.public], threshold: 1 }]).map(({ id }) => id),
    [release.id],
  );
});

test('the signature is one that openssl makes and takes', async (t) => {
  const folder = await temporaryFolder(t);
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  run('genpkey', '-algorithm', 'ed25519', '-out', 'key.pem');
  run('pkey', '-in', 'key.pem', '-pubout', '-out', 'public.pem');
  const key = parsePublicKey(await readFile(join(folder, 'public.pem'), 'utf8'), 'openssl', 'public.pem');
  const unsigned = await openBundle(await makeBundle(folder, []));
  t.after(() => unsigned.close());
  const { manifestBytes } = unsigned.head;
  await writeFile(join(folder, 'message'), Buffer.concat([Buffer.from('ksocket update manifest 1\n'), manifestBytes]));
  run('pkeyutl', '-sign', '-inkey', 'key.pem', '-rawin', '-in', 'message', '-out', 'signature');
  const signature = (await readFile(join(folder, 'signature'))).toString('base64');
  const head = parseHead(writeHead(manifestBytes, [{ key: key.id, signature }]));
  assert.deepEqual(requireSignatures(head, [{ keys: [key], threshold: 1 }]), [key]);
});

test('m of n: signatures of different people add up, two of one do not', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second, stranger] = [newKey('first'), newKey('second'), newKey('stranger')];
  const ring = { keys: [first.public, second.public], threshold: 2 };
  const path = await makeBundle(folder, [first, first, stranger]);
  const once = await openBundle(path);
  assert.throws(() => requireSignatures(once.head, [ring]), /signed by 1 of the keys .* not enough/);
  await once.close();
  await addSignatures(path, [second], path);
  const twice = await openBundle(path);
  await twice.verifyPayload();
  assert.equal(requireSignatures(twice.head, [ring]).length, 2);
  assert.equal(twice.head.signatures.length, 4);
  await twice.close();
});

test('the keys of the release and the own ones are two lists, of which one suffices', () => {
  const [vendor, own] = [newKey('vendor'), newKey('own')];
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  const signedByOwn = parseHead(writeHead(manifestBytes, [signManifest(manifestBytes, own)]));
  const rings = [
    { keys: [vendor.public], threshold: 1 },
    { keys: [own.public], threshold: 1 },
  ];
  assert.equal(requireSignatures(signedByOwn, rings)[0]?.name, 'own');
  assert.throws(() => requireSignatures(signedByOwn, rings.slice(0, 1)), /not signed by any key/);
  assert.throws(() => requireSignatures(signedByOwn, [{ keys: [], threshold: 1 }]), /no key by which/);
});

test('a signature under another key’s name is none', () => {
  const [real, forger] = [newKey(), newKey()];
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  const { signature } = signManifest(manifestBytes, forger);
  const head = parseHead(writeHead(manifestBytes, [{ key: real.id, signature }]));
  assert.throws(() => requireSignatures(head, [{ keys: [real.public], threshold: 1 }]), isRefused);
});

test('whichever bit of a bundle flips, it is refused before anything of it is used', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = await readFile(await makeBundle(folder, [release]));
  const broken = join(folder, 'broken.update');
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1 << bit;
      await writeFile(broken, copy);
      await assert.rejects(judge(broken), isRefused);
    }),
    { numRuns: 300 },
  );
});

test('a bundle that is cut off anywhere, or goes on after its end, is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = await readFile(await makeBundle(folder, [release]));
  const broken = join(folder, 'broken.update');
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
      await writeFile(broken, bytes.subarray(0, length));
      await assert.rejects(judge(broken), isRefused);
    }),
    { numRuns: 100 },
  );
  await writeFile(broken, Buffer.concat([bytes, Buffer.from([0])]));
  await assert.rejects(judge(broken), /its manifest says/);
});

test('heads of any bytes are refused by name, and nothing else happens', () => {
  const any = fc.uint8Array({ maxLength: 400 }).map((it) => Buffer.from(it));
  const almost = fc
    .tuple(fc.nat(200_000), fc.nat(200_000), fc.json(), fc.json())
    .map(([a, b, manifest, list]) => Buffer.from(`KSOCKET-UPDATE-1 ${a} ${b}\n${manifest}${list}`));
  const honestSizes = fc.tuple(fc.json(), fc.json()).map(([a, b]) => {
    const [manifest, list] = [Buffer.from(a), Buffer.from(b)];
    return Buffer.concat([Buffer.from(`KSOCKET-UPDATE-1 ${manifest.length} ${list.length}\n`), manifest, list]);
  });
  fc.assert(
    fc.property(fc.oneof(any, almost, honestSizes), (bytes) => {
      assert.throws(() => parseHead(bytes), isRefused);
    }),
    { numRuns: 2000 },
  );
});

for (const [title, change] of Object.entries({
  'an unknown field': { url: 'https://elsewhere.example' },
  'a version with a path in it': { version: '../../etc' },
  'a version that is a word': { version: '3.1.0-rc1' },
  'a platform nobody knows': { platform: 'plan9-mips' },
  'more than a gigabyte': { size: 1024 ** 3 + 1 },
  'no end': { expires: undefined },
  'another format': { format: 2 },
}))
  test(`a manifest with ${title} is refused, signed or not`, () => {
    const bytes = Buffer.from(JSON.stringify({ ...manifest, ...change }));
    assert.throws(() => parseHead(writeHead(bytes, [signManifest(bytes, release)])), isRefused);
  });

test('a link or a folder in place of the bundle is not followed', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t);
  await symlink(await makeBundle(folder, [release]), join(folder, 'link.update'));
  await assert.rejects(openBundle(join(folder, 'link.update')), isRefused);
  await mkdir(join(folder, 'folder.update'));
  await assert.rejects(openBundle(join(folder, 'folder.update')), isRefused);
  execFileSync('mkfifo', [join(folder, 'pipe.update')]);
  await assert.rejects(openBundle(join(folder, 'pipe.update')), /no regular file/);
});

test('keys come from the list of the release and from the folder, and what is no public key is an error', async (t) => {
  const folder = await temporaryFolder(t);
  assert.deepEqual(await readOwnKeys(join(folder, 'none'), 1), { keys: [], threshold: 1 });
  const key = newKey();
  for (const name of ['a.pem', 'b.pem']) await writeFile(join(folder, name), key.pem);
  assert.deepEqual(
    (await readOwnKeys(folder, 2)).keys.map(({ name }) => name),
    ['b.pem'],
  );
  await writeFile(join(folder, 'c.pem'), String(key.key.export({ type: 'pkcs8', format: 'pem' })));
  await assert.rejects(readOwnKeys(folder, 1), /c\.pem holds a private key/);
  await writeFile(
    join(folder, 'update-keys.json'),
    JSON.stringify({ threshold: 2, keys: [{ name: 'release', publicKey: key.pem }] }),
  );
  const { keys, threshold } = await readShippedKeys(folder);
  assert.deepEqual({ ids: keys.map(({ id }) => id), threshold }, { ids: [key.id], threshold: 2 });
  await writeFile(join(folder, 'update-keys.json'), '{"threshold":0,"keys":[]}');
  await assert.rejects(readShippedKeys(folder), /update-keys\.json/);
});

test('versions are compared number by number', () => {
  for (const [a, b, sign] of [
    ['3.0.0', '3.0', 0],
    ['3.0.10', '3.0.9', 1],
    ['2.9.9.9', '3.0', -1],
    ['3.0.0.1', '3.0.0', 1],
  ] as const)
    assert.equal(Math.sign(compareVersions(a, b)), sign, `${a} ${b}`);
});

const manifest: Manifest = {
  format: 1,
  version: '3.1.0',
  platform: here,
  size: 1,
  sha256: '0'.repeat(64),
  releasedAt: '2026-11-01T00:00:00Z',
  expires: '2027-11-01T00:00:00Z',
};

async function judge(path: string): Promise<void> {
  const bundle = await openBundle(path);
  try {
    requireSignatures(bundle.head, [{ keys: [release.public], threshold: 1 }]);
    await bundle.verifyPayload();
  } finally {
    await bundle.close();
  }
}
