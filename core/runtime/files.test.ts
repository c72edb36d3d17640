/** Files that are replaced as a whole: what is left of writers who were killed, and who stands in the way. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
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

test('a file that another user writes anew keeps its group where that is theirs, and opens to no other group', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-group-'));
  t.after(() => rm(folder, { recursive: true }));
  await chown(folder, 12_345, 12_345);
  for (const [name, group] of [
    ['shared', 12_346],
    ['strange', 12_347],
  ] as const) {
    await writeFile(join(folder, name), 'old');
    await chown(join(folder, name), 0, group);
  }
  const files = new URL('./files.js', import.meta.url).href;
  const script = `const { writeAtomic } = await import('${files}');
    process.setgroups([12346]); process.setgid(12345); process.setuid(12345);
    for (const name of ['shared', 'strange']) await writeAtomic(${JSON.stringify(folder)} + '/' + name, 'new', 0o640);`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const modeOf = async (name: string) => {
    const { gid, mode } = await stat(join(folder, name));
    return [gid, (mode & 0o777).toString(8), await readFile(join(folder, name), 'utf8')];
  };
  assert.deepEqual(await modeOf('shared'), [12_346, '640', 'new']);
  assert.deepEqual(await modeOf('strange'), [12_345, '600', 'new']);
});
