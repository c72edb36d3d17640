/** Files that are replaced as a whole: what is left of writers who were killed, and who stands in the way. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeStaleDrafts, renameOver } from './files.js';

test('on Windows a file that somebody reads is replaced when they are done; elsewhere, and for other reasons, it is said at once', async () => {
  const refusing = (times: number, code = 'EPERM') => {
    const calls = { count: 0 };
    const move = async () => {
      if (++calls.count <= times) throw Object.assign(new Error(code), { code });
    };
    return { calls, move };
  };
  const busy = refusing(2);
  await renameOver('a', 'b', { move: busy.move, platform: 'win32' });
  assert.equal(busy.calls.count, 3);
  const always = refusing(99);
  await assert.rejects(renameOver('a', 'b', { move: always.move, platform: 'win32', tries: 3 }), { code: 'EPERM' });
  assert.equal(always.calls.count, 3);
  for (const [code, platform] of [
    ['EPERM', 'linux'],
    ['ENOSPC', 'win32'],
  ] as const) {
    const other = refusing(1, code);
    await assert.rejects(renameOver('a', 'b', { move: other.move, platform }), { code });
    assert.equal(other.calls.count, 1);
  }
});

test('drafts of writers that are gone go; those of the living, other files, and what a link leads to stay', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-drafts-'));
  t.after(() => rm(folder, { recursive: true }));
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const kept = ['0.toml', `0.toml.${process.pid}-1.new`, `00.toml.${gone}-1.new`, `0.toml.${gone}-x.new`, 'target'];
  for (const name of [...kept, `0.toml.${gone}-1.new`]) await writeFile(join(folder, name), 'text');
  await symlink(join(folder, 'target'), join(folder, `0.toml.${gone}-2.new`));
  await removeStaleDrafts(join(folder, '0.toml'));
  assert.deepEqual(await readdir(folder).then((it) => it.sort()), kept.sort());
  assert.equal(await readFile(join(folder, 'target'), 'utf8'), 'text');
});
