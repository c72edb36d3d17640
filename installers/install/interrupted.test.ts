/** Whatever ends an installation over another one, and wherever: one whole version is the one that starts, and ksinstall finishes it later. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { layoutOf } from '../layout.js';
import { holdInstallation } from '../lock.js';
import { fillSlot } from '../payload.js';
import { ksinstallOf, makeArchive, temporaryFolder } from '../testing/archive.js';
import { installHere, stepsFor } from '../testing/installed.js';
import { run } from '../testing/run.js';

const space = ['--host', 'space.example.com', '--token', 'ks1_secret', '--no-service'];

test('ended after any step, the old version starts until the last step, and the next installation completes', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = [
    await makeArchive(join(folder, '1'), '3.1.0'),
    await makeArchive(join(folder, '2'), '3.2.0'),
  ];
  for (let ended = 0, count = 1; ended <= count; ended++) {
    const home = join(folder, `home ${ended}`);
    const version = async () => (await run([layoutOf(home).launcher, 'version'])).stdout.trim();
    await installHere(first, home);
    const steps = await stepsFor(second, home, [['operations.networksScanMode', 'aws']]);
    count = steps.length;
    for (const step of steps.slice(0, ended)) await step.run();
    assert.equal(await version(), ended === count ? '3.2.0' : '3.1.0', `after ${ended} of ${count} steps`);
    await installHere(second, home);
    if (ended === count - 1) assert.equal(await version(), '3.2.0');
  }
});

test('a half written slot and a lock that a killed installer left stand in nobody’s way', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const layout = layoutOf(join(folder, 'home'));
  await mkdir(join(layout.place.slots, 'a.new/app'), { recursive: true });
  await appendFile(join(layout.place.slots, 'a.new/slot.json'), '{"vers');
  const gone = await run([process.execPath, '-p', 'process.pid']);
  await appendFile(layout.place.lockFile, `${gone.stdout.trim()} 1 of another boot`);
  const { code, stdout } = await run([...ksinstallOf(archive), '--directory', layout.home, ...space]);
  assert.equal(code, 0, stdout);
  assert.deepEqual(await readdir(layout.place.slots), ['a']);
  assert.deepEqual((await readdir(layout.runtime)).sort(), ['active', 'slots']);
});

test('two installers at once: the second one says so', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const layout = layoutOf(join(folder, 'home'));
  const release = await holdInstallation(layout);
  const ksinstall = () => run([...ksinstallOf(archive), '--directory', layout.home, ...space]);
  const { code, stdout } = await ksinstall();
  assert.equal(code, 1);
  assert.match(stdout, /another installer or update is at work in .*home\n.*what to do: wait until it has ended/);
  await release();
  assert.equal((await ksinstall()).code, 0);
});

test('what cannot be copied leaves no half of a slot behind', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await makeArchive(join(folder, 'archive'), '3.1.0');
  const layout = layoutOf(join(folder, 'home'));
  await assert.rejects(fillSlot(layout, 'a', { ...archive, folder: join(folder, 'gone') }), /slots\/a/);
  assert.deepEqual(await readdir(layout.place.slots), []);
});

const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root, to mount a small disk' };

for (const [title, limit, change, reason] of [
  [
    'a disk that is too small',
    'size=4m',
    'true',
    /Check the free space \.+ Failed\n {2}storage failed: .* MB are needed/,
  ],
  ['a disk that fills up while it is written', 'nr_inodes=60', 'true', /storage failed: write .*: the disk is full/],
  [
    'a disk that is read-only',
    'size=512m',
    'mount -o remount,ro "$DISK"',
    /storage failed: write .*: the file system is read-only/,
  ],
] as const) {
  test(`${title}: one sentence, and the old version goes on`, needsRoot, async (t) => {
    const folder = await temporaryFolder(t);
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const [first, second] = [
      await makeArchive(join(folder, '1'), '3.1.0'),
      await makeArchive(join(folder, '2'), '3.2.0'),
    ];
    // Files beyond those of the first version, so that the second one is what does not fit.
    await mkdir(join(second.folder, 'app/more'));
    for (let i = 0; i < 60; i++) await appendFile(join(second.folder, 'app/more', String(i)), 'x');
    const script = `set -e
      mount -t tmpfs -o ${limit === 'size=4m' ? 'size=512m' : limit} none "$DISK"
      ${quoted([...ksinstallOf(first), '--directory', `${disk}/ksocket`, ...space])} >"$LOG" 2>&1
      ${limit === 'size=4m' ? 'mount -o remount,size=4m "$DISK"' : change}
      ${quoted([...ksinstallOf(second), '--directory', `${disk}/ksocket`, ...space])} && exit 9
      "$DISK/ksocket/bin/ksocket" version >"$LOG.version"`;
    const env = { DISK: disk, LOG: join(folder, 'log') };
    const { code, stdout, stderr } = await run(['unshare', '--mount', 'sh', '-c', script], { env });
    assert.equal(code, 0, `${stdout}${stderr}${await readFile(join(folder, 'log'), 'utf8')}`);
    assert.match(stdout, reason);
    assert.match(stdout, /what to do: /);
    assert.equal(await readFile(join(folder, 'log.version'), 'utf8'), '3.1.0\n');
  });
}

const quoted = (words: readonly string[]): string => words.map((it) => `'${it}'`).join(' ');
