import assert from 'node:assert/strict';
import { mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { writeMark } from './asked.js';
import { otherSlot, Place } from './place.js';
import { rollback } from './rollback.js';
import { settle } from './settle.js';
import { readState } from './state.js';
import { type BundleWishes, makeBundle, newKey, scriptSlot, temporaryFolder } from './testing/bundles.js';
import { Installation } from './testing/installation.js';
import { apply, killEverywhere } from './testing/kills.js';

test('what the agent asks for is installed at the next start, on trial, and confirmed at the one after', async (t) => {
  const home = await installation(t);
  const id = await home.request(await bundleOf(t, home), '3.1.0');
  assert.equal((await settle(home.parts)).state.trial?.phase, 'running');
  assert.deepEqual(await pointers(home), ['b', 'a', '3.1.0']);
  await writeMark(home.place, { id, result: 'ready', reason: '' });
  const { state } = await settle(home.parts);
  assert.deepEqual(
    { trial: state.trial, last: state.last?.result, bad: state.bad },
    { trial: null, last: 'confirmed', bad: [] },
  );
  assert.deepEqual(await pointers(home), ['b', 'b', '3.1.0']);
  assert.deepEqual((await settle(home.parts)).state, state, 'a request is worked on once');
});

test('a version that says it failed is rolled back once and not installed again by itself', async (t) => {
  const home = await installation(t);
  const bundle = await bundleOf(t, home);
  const id = await home.request(bundle, '3.1.0');
  await settle(home.parts);
  await writeMark(home.place, { id, result: 'failed', reason: 'not ready within 600 s' });
  const { state } = await settle(home.parts);
  assert.deepEqual(await pointers(home), ['a', 'a', '3.0.0']);
  assert.deepEqual(
    { ...state.last, at: '' },
    { version: '3.1.0', id, result: 'rolled-back', reason: 'not ready within 600 s', at: '' },
  );
  await home.request(bundle, '3.1.0');
  assert.match((await settle(home.parts)).state.last?.reason ?? '', /3\.1\.0 did not work here before/);
  assert.deepEqual(await pointers(home), ['a', 'a', '3.0.0']);
  await apply(home.parts, bundle);
  await settle(home.parts);
  assert.deepEqual(await pointers(home), ['b', 'a', '3.1.0'], 'a person may try it again');
});

test('a version that ends again and again without a word is rolled back at its fourth start', async (t) => {
  const home = await installation(t);
  await home.request(await bundleOf(t, home), '3.1.0');
  for (const expected of ['b', 'b', 'b', 'a']) {
    await settle(home.parts);
    assert.equal((await pointers(home))[0], expected);
  }
  assert.match((await readState(home.place.stateFile)).last?.reason ?? '', /ended 3 times without/);
});

test('the word on an earlier trial confirms no later one', async (t) => {
  const home = await installation(t);
  await writeMark(home.place, { id: 'aa', result: 'ready', reason: '' });
  await home.request(await bundleOf(t, home), '3.1.0');
  await settle(home.parts);
  const { state } = await settle(home.parts);
  assert.equal(state.trial?.starts, 2);
});

const stranger = newKey();
for (const [title, wishes, reason] of [
  ['of somebody unknown', { keys: [stranger] }, /not signed by any key/],
  ['for another platform', { platform: 'linux-armv7l' }, /is for linux-armv7l/],
  ['that is older', { version: '2.9.0' }, /not newer than 3\.0\.0, which is in use/],
  ['that is the same', { version: '3.0' }, /not newer than 3\.0\.0/],
  ['that has expired', { expires: '2026-11-30T00:00:00Z' }, /to be installed until 2026-11-30/],
  ['that cannot follow this version', { minVersion: '3.0.5' }, /can follow 3\.0\.5; this is 3\.0\.0/],
  ['whose slot says another version', { entries: scriptSlot('3.1.1') }, /its slot\.json says otherwise/],
  ['that does not start here', { entries: scriptSlot('3.1.0', 'exit 1') }, /does not start on this machine/],
  [
    'that says another version of itself',
    { entries: scriptSlot('3.1.0', 'echo 3.2.0') },
    /says of itself that it is "3\.2\.0"/,
  ],
  ['without a program', { entries: scriptSlot('3.1.0').slice(0, 1) }, /does not start on this machine/],
  ['with a way out', { entries: [...scriptSlot('3.1.0'), { path: '../x', content: 'x' }] }, /may not be unpacked/],
] as const)
  test(`a bundle ${title} is refused with its reason, once, and nothing changes`, async (t) => {
    const home = await installation(t);
    await home.request(await bundleOf(t, home, wishes as BundleWishes & { keys?: (typeof stranger)[] }), '3.1.0');
    const { state } = await settle(home.parts);
    assert.match(state.last?.reason ?? '', reason);
    assert.deepEqual(
      { trial: state.trial, highest: state.highest, done: state.request?.done },
      { trial: null, highest: null, done: true },
    );
    assert.deepEqual(await pointers(home), ['a', 'a', '3.0.0']);
    assert.equal(home.place.versionIn('b'), undefined);
  });

test('a version that was ever on trial closes the way to anything older, also after a rollback', async (t) => {
  const home = await installation(t);
  await home.request(await bundleOf(t, home, { version: '3.5.0' }), '3.5.0');
  for (let starts = 0; starts < 4; starts += 1) await settle(home.parts);
  await home.request(await bundleOf(t, home, { version: '3.4.0' }), '3.4.0');
  assert.match(
    (await settle(home.parts)).state.last?.reason ?? '',
    /3\.4\.0 is not newer than 3\.5\.0, which was here before/,
  );
  await home.request(await bundleOf(t, home, { version: '3.5.1' }), '3.5.1');
  await settle(home.parts);
  assert.deepEqual(await pointers(home), ['b', 'a', '3.5.1']);
});

test('a clock that was set back does not bring an expired release back', async (t) => {
  const home = await installation(t);
  const id = await home.request(
    await bundleOf(t, home, { version: '3.1.0', releasedAt: '2026-11-20T00:00:00Z' }),
    '3.1.0',
  );
  await settle(home.parts);
  await writeMark(home.place, { id, result: 'ready', reason: '' });
  await settle(home.parts);
  home.now = Date.parse('2020-01-01T00:00:00Z');
  await home.request(await bundleOf(t, home, { version: '3.2.0', expires: '2026-11-10T00:00:00Z' }), '3.2.0');
  assert.match((await settle(home.parts)).state.last?.reason ?? '', /to be installed until 2026-11-10/);
});

test('a program does not replace the slot that it runs from: it hands over', async (t) => {
  const home = await installation(t);
  const id = await home.request(await bundleOf(t, home), '3.1.0');
  await settle(home.parts);
  await writeMark(home.place, { id, result: 'ready', reason: '' });
  await home.request(await bundleOf(t, home, { version: '3.2.0' }), '3.2.0');
  home.own = 'a';
  assert.equal((await settle(home.parts)).goOn, true);
  assert.deepEqual(await pointers(home), ['b', 'b', '3.1.0']);
  home.own = 'b';
  assert.equal((await settle(home.parts)).goOn, false);
  assert.deepEqual(await pointers(home), ['a', 'b', '3.2.0']);
});

test('a trial that an installer has overtaken is over', async (t) => {
  const home = await installation(t);
  await home.request(await bundleOf(t, home), '3.1.0');
  await settle(home.parts);
  await writeFile(join(home.place.slot('b'), 'slot.json'), JSON.stringify({ version: '3.9.0', platform: 'any' }));
  assert.equal((await settle(home.parts)).state.trial, null);
  assert.deepEqual(await pointers(home), ['b', 'b', '3.9.0']);
});

test('a version that waits for its trial waits in vain when a package of the system has brought something newer', async (t) => {
  const home = await installation(t);
  await apply(home.parts, await bundleOf(t, home));
  await writeFile(join(home.place.slot('a'), 'slot.json'), JSON.stringify({ version: '3.3.0', platform: 'any' }));
  assert.equal((await settle(home.parts)).state.trial, null);
  assert.deepEqual(await pointers(home), ['a', 'a', '3.3.0']);
});

test('a program knows its slot also when the way to the installation leads over a link', async (t) => {
  const home = await installation(t);
  const link = join(await temporaryFolder(t), 'opt');
  await symlink(home.directory, link);
  const place = new Place({ directory: link, lib: join(link, 'var', 'lib', 'ksocket') });
  assert.equal(place.own(await realpath(join(place.slot('a'), 'app'))), 'a');
  assert.equal(place.own(link), undefined);
});

test('the reason that a version gives for its failure gives no orders to a terminal', async (t) => {
  const home = await installation(t);
  const id = await home.request(await bundleOf(t, home), '3.1.0');
  await settle(home.parts);
  await writeMark(home.place, { id, result: 'failed', reason: 'no\u001b]0;x\u0007\ngood' });
  assert.equal((await settle(home.parts)).state.last?.reason, 'no ]0;x good');
});

test('what the agent may write is believed no further than it reaches', async (t) => {
  const home = await installation(t);
  const { requestFile, incoming, markFile } = home.place;
  await mkdir(dirname(requestFile), { recursive: true });
  for (const text of [
    '',
    '{',
    '[]',
    '{"id":"../../x","version":"3.1.0"}',
    '{"id":"1","version":"3.1.0","path":"/etc"}',
    'x'.repeat(70_000),
  ]) {
    await writeFile(requestFile, text);
    await writeFile(markFile, text);
    assert.equal((await settle(home.parts)).state.request, null, text.slice(0, 50));
  }
  await writeFile(requestFile, '{"id":"1","version":"3.1.0"}');
  assert.match((await settle(home.parts)).state.last?.reason ?? '', /incoming\.update does not exist/);
  await symlink('/etc/passwd', incoming);
  await writeFile(requestFile, '{"id":"2","version":"3.1.0"}');
  assert.match((await settle(home.parts)).state.last?.reason ?? '', /incoming\.update cannot be opened: ELOOP/);
  await rm(requestFile);
  await symlink('/dev/zero', requestFile);
  assert.equal((await settle(home.parts)).state.request?.id, '2');
});

test('by hand: back to the version before, which is then not installed again by itself; and back is not forward', async (t) => {
  const home = await installation(t);
  await assert.rejects(rollback(home.parts), /no older version to go back to/);
  const bundle = await bundleOf(t, home);
  await apply(home.parts, bundle);
  await settle(home.parts);
  assert.deepEqual(await rollback(home.parts), { from: '3.1.0', to: '3.0.0' }, 'out of a trial');
  assert.deepEqual(await pointers(home), ['a', 'a', '3.0.0']);
  await assert.rejects(rollback(home.parts), /no older version/);
  await apply(home.parts, bundle);
  await settle(home.parts);
  await writeMark(home.place, { id: (await readState(home.place.stateFile)).trial!.id, result: 'ready', reason: '' });
  await settle(home.parts);
  assert.deepEqual(await rollback(home.parts), { from: '3.1.0', to: '3.0.0' }, 'out of a confirmed version');
  await home.request(bundle, '3.1.0');
  assert.match((await settle(home.parts)).state.last?.reason ?? '', /did not work here before/);
});

test('a slot that goes away judges nobody any more, also when its exchange is cut off', async (t) => {
  const home = await installation(t);
  await apply(home.parts, await bundleOf(t, home));
  await settle(home.parts);
  await writeMark(home.place, { id: (await readState(home.place.stateFile)).trial!.id, result: 'ready', reason: '' });
  await settle(home.parts);
  // As ksinstall leaves it: the new version runs, the one before judges.
  await home.place.point('settled', 'a');
  const bundle = await bundleOf(t, home, { version: '3.2.0' });
  const before = home.steps.length;
  for (let step = 1; home.steps.at(-1) !== 'made room' && step < 9; step += 1)
    await home.attempt((parts) => apply(parts, bundle), step);
  assert.ok(home.steps.length > before);
  assert.equal(home.place.versionIn('a'), undefined);
  assert.equal(await home.place.settled(), 'b');
});

test('whatever is killed after whichever step, there is a version that starts, and the next start goes on', async (t) => {
  await killEverywhere(await temporaryFolder(t), 8);
});

const installation = async (t: TestContext): Promise<Installation> => new Installation(await temporaryFolder(t)).make();

async function bundleOf(
  t: TestContext,
  home: Installation,
  { keys = [home.key], ...wishes }: BundleWishes & { keys?: readonly (typeof stranger)[] } = {},
): Promise<string> {
  const { version = '3.1.0' } = wishes;
  return makeBundle(await temporaryFolder(t), keys, { entries: scriptSlot(version), ...wishes });
}

/** Where the launcher goes, where the judge runs, and which version the first of them is. */
async function pointers({ place }: Installation): Promise<unknown[]> {
  const active = (await place.active())!;
  assert.ok(place.versionIn(active) !== undefined || place.versionIn(otherSlot(active)) !== undefined);
  return [active, await place.settled(), place.versionIn(active)];
}
