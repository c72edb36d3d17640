import assert from 'node:assert/strict';
import { link, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { withLock } from './lock.js';
import { temporaryFolder } from './testing/bundles.js';

test('one at a time; who was killed holds nothing, and nothing is left', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'update.lock');
  // A process of this number lived, in another boot or at another time.
  await writeFile(path, `${process.pid} 1 of another boot`);
  await link(path, `${path}.${process.pid}`);
  await withLock(path, async () => {
    await assert.rejects(
      withLock(path, async () => undefined),
      { message: 'another ksocket update is at work' },
    );
    assert.ok((await readdir(folder)).includes('update.lock'));
  });
  assert.deepEqual(await readdir(folder), []);
});
