import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { readOwnIfThere, readText, writeAtomic } from './index.js';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root';
const service = 12_345;

/** A folder of the service with one in it, and beside it a file and a folder of root's. */
function scene(t: TestContext) {
  const place = mkdtempSync(join(tmpdir(), 'ksocket-strange-'));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  chmodSync(place, 0o755);
  const [lib, folder] = [join(place, 'lib'), join(place, 'lib', 'ssh')];
  mkdirSync(folder, { recursive: true });
  for (const it of [lib, folder]) chownSync(it, service, service);
  const [secret, roots] = [join(place, 'shadow'), join(place, 'cron.d')];
  writeFileSync(secret, 'root’s\n', { mode: 0o600 });
  mkdirSync(roots);
  return { place, lib, folder, secret, roots };
}

test('root writes a file of the service and neither through a link under the draft’s name nor to where it leads', {
  skip,
}, async (t) => {
  const { folder, secret } = scene(t);
  // Whichever number the draft has.
  for (let n = 0; n < 200; n += 1) symlinkSync(secret, join(folder, `known_hosts.${process.pid}-${n}.new`));
  symlinkSync(secret, join(folder, `known_hosts.${process.pid}.new`));
  await writeAtomic(join(folder, 'known_hosts'), 'ours\n');
  assert.equal(readFileSync(secret, 'utf8'), 'root’s\n');
  assert.equal(statSync(secret).uid, 0);
  const it = lstatSync(join(folder, 'known_hosts'));
  assert.deepEqual([it.isFile(), it.uid], [true, service]);
});

test('root writes into no folder that the service has put elsewhere with a link', { skip }, async (t) => {
  const { lib, folder, roots } = scene(t);
  rmSync(folder, { recursive: true });
  symlinkSync(roots, folder);
  await assert.rejects(
    writeAtomic(join(lib, 'ssh', 'known_hosts'), '* * * * * root id\n'),
    /is a link in a folder of another user/,
  );
  assert.deepEqual(readdirSync(roots), []);
});

test('root reads what the service remembers, and not what a link there leads to', { skip }, async (t) => {
  const { folder, secret } = scene(t);
  const file = join(folder, 'known_hosts');
  assert.equal(await readOwnIfThere(file), undefined);
  writeFileSync(file, 'ours\n');
  assert.equal(await readOwnIfThere(file), 'ours\n');
  rmSync(file);
  symlinkSync(secret, file);
  await assert.rejects(readOwnIfThere(file), /known_hosts: ELOOP/);
});

test('who becomes the owner of a folder stays it', { skip }, (t) => {
  const { lib, roots } = scene(t);
  const module = new URL('./strange-folder.js', import.meta.url).href;
  const idsAfter = (folder: string) =>
    spawnSync(process.execPath, [
      '--input-type=module',
      '-e',
      `const { becomeOwnerOf } = await import(${JSON.stringify(module)});
       becomeOwnerOf(${JSON.stringify(folder)});
       let back = 'no'; try { process.setuid(0); back = process.getuid(); } catch {}
       console.log(process.getuid(), process.getgid(), process.getgroups().join(), back);`,
    ]).stdout.toString();
  assert.equal(idsAfter(lib), `${service} ${service} ${service} no\n`);
  assert.match(idsAfter(roots), /^0 0 /);
  assert.match(idsAfter(join(lib, 'not-there')), /^0 0 /);
});

test('what is no file is named, not only a code', async () => {
  await assert.rejects(readText(tmpdir()), { message: /is no regular file/ });
});
