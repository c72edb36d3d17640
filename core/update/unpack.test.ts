import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Failure } from '../contract/index.js';
import { writeAtomic } from '../runtime/index.js';
import { type Entry, tarOf, temporaryFolder } from './testing/bundles.js';
import { syncTree, unpack } from './unpack.js';

const unpackInto = (bytes: Buffer, folder: string) => unpack(Readable.from([bytes]), join(folder, 'slot'));

test('files, folders and inner links are unpacked with two modes, owned by who unpacks, into a folder of their own', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'slot'));
  await writeFile(join(folder, 'slot', 'left over'), '');
  const entries: Entry[] = [
    { path: './', type: 'Directory' },
    { path: './app/', type: 'Directory', mode: 0o777 },
    { path: './app/a.js', content: 'a', mode: 0o666 },
    { path: 'node/bin/node', content: 'n', mode: 0o4711 },
    { path: 'node/bin/npm', type: 'SymbolicLink', linkpath: '../lib/npm.js' },
    { path: 'node/lib/npm.js', content: 'npm' },
    { path: 'app/names/名前 1.txt', content: 'x'.repeat(3000) },
  ];
  // A unit's umask, or a stricter one, must not keep the service out of the version that it is to run.
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await unpackInto(tarOf(entries), folder);
  await syncTree(join(folder, 'slot'));
  const slot = join(folder, 'slot');
  assert.deepEqual((await readdir(slot)).sort(), ['app', 'node']);
  const modes = await Promise.all(
    ['.', 'app', 'app/a.js', 'node/bin/node'].map(async (it) => (await stat(join(slot, it))).mode & 0o7777),
  );
  assert.deepEqual(modes, [0o755, 0o755, 0o644, 0o755]);
  await writeAtomic(join(folder, 'active'), 'a\n', 0o644);
  assert.equal((await stat(join(folder, 'active'))).mode & 0o7777, 0o644);
  assert.equal((await stat(join(slot, 'app/a.js'))).uid, process.getuid?.());
  assert.equal(await readlink(join(slot, 'node/bin/npm')), '../lib/npm.js');
  assert.equal(await readFile(join(slot, 'app/names/名前 1.txt'), 'utf8'), 'x'.repeat(3000));
});

const link = (path: string, linkpath: string): Entry => ({ path, linkpath, type: 'SymbolicLink' });

for (const [title, entries] of Object.entries<Entry[]>({
  'a path that goes up': [{ path: '../evil', content: 'x' }],
  'a path that goes up in its middle': [{ path: 'app/../../evil', content: 'x' }],
  'an absolute path': [{ path: '/tmp/ksocket-update-evil', content: 'x' }],
  'a backslash': [{ path: 'app\\..\\..\\evil', content: 'x' }],
  'a drive': [{ path: 'C:evil', content: 'x' }],
  'an absolute link': [link('app/x', '/etc/passwd')],
  'a link that goes up too far': [link('app/x', '../../evil')],
  'a link to the folder above': [link('x', '..')],
  'a link that goes up behind another': [link('app/deep', 'a/b'), link('x', 'app/deep/../../../evil')],
  'a file through a link': [link('app', 'node'), { path: 'app/x', content: 'x' }],
  'a file in place of a link': [link('x', 'y'), { path: 'x', content: 'x' }],
  'a link spelled like a folder above it': [link('a/b', 'a')],
  'a link spelled like something below it': [link('a', 'a/b')],
  'a hard link': [{ path: 'x', type: 'Link', linkpath: '/etc/passwd' }],
  'a device': [{ path: 'x', type: 'CharacterDevice' }],
  'a pipe': [{ path: 'x', type: 'FIFO' }],
  'one path twice': [
    { path: 'app/x', content: '1' },
    { path: 'app/x', content: '2' },
  ],
  'names that differ in case': [
    { path: 'app/x', content: '1' },
    { path: 'app/X', content: '2' },
  ],
}))
  test(`${title} is refused, and nothing stands outside of the folder`, async (t) => {
    const folder = await temporaryFolder(t);
    await assert.rejects(unpackInto(tarOf([{ path: 'slot.json', content: '{}' }, ...entries]), folder), isRefused);
    assert.deepEqual(await readdir(folder), ['slot']);
    await assert.rejects(stat('/tmp/ksocket-update-evil'));
  });

test('what is no tar.gz, or only a part of one, is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const whole = tarOf([{ path: 'app/x', content: randomBytes(9000).toString('base64') }]);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      await assert.rejects(unpackInto(whole.subarray(0, length), folder), isRefused);
    }),
    { numRuns: 40 },
  );
  await assert.rejects(unpackInto(Buffer.from('no tar'), folder), isRefused);
  await assert.rejects(unpackInto(gzipSync(randomBytes(5000)), folder), isRefused);
});

test('a path of any parts ends inside the folder or not at all', async (t) => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b', 'ä', 'x:y', '\\', 'nul');
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const entry = fc.oneof(
    path.map((it): Entry => ({ path: it, content: 'x' })),
    fc.tuple(path, path).map(([it, to]): Entry => link(it, to)),
  );
  const folder = await watched(t);
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (entries) => {
      await unpackInto(tarOf(entries.filter((it) => it.path !== '')), folder.path).catch((error: unknown) => {
        assert.ok(isRefused(error), String(error));
      });
      await folder.isUntouched();
    }),
    { numRuns: 150 },
  );
});

const isRefused = (error: unknown) => error instanceof Failure && error.code === 'E_UPDATE';

/** A folder with neighbours that nobody may change. */
async function watched(t: TestContext) {
  const path = await temporaryFolder(t);
  await writeFile(join(path, 'a'), 'mine');
  await symlink('a', join(path, 'b'));
  return {
    path,
    async isUntouched() {
      assert.deepEqual((await readdir(path)).sort(), ['a', 'b', 'slot']);
      assert.equal(await readFile(join(path, 'a'), 'utf8'), 'mine');
    },
  };
}
