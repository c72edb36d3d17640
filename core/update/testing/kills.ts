/** Random lives of an installation, in which root's work is killed after random steps: there is always a version that starts. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { sentenceOf } from '../../contract/index.js';
import { compareVersions } from '../../wire/index.js';
import { writeMark } from '../asked.js';
import { programIn } from '../place.js';
import { rollback } from '../rollback.js';
import { settle } from '../settle.js';
import { activeOf, judge, type RootParts, stage } from '../stage.js';
import { readState } from '../state.js';
import { makeBundle, newKey, scriptSlot } from './bundles.js';
import { Installation } from './installation.js';

export async function killEverywhere(folder: string, numRuns: number): Promise<void> {
  const key = newKey();
  const bundles = new Map<string, string>();
  for (const version of ['3.1.0', '3.2.0', '3.3.0'])
    bundles.set(version, await makeBundle(folder, [key], { version, entries: scriptSlot(version) }));
  bundles.set('3.4.0', await makeBundle(folder, [newKey()], { version: '3.4.0', entries: scriptSlot('3.4.0') }));
  const version = fc.constantFrom(...bundles.keys());
  const kill = fc.nat(12);
  const event = fc.oneof(
    fc.record({ type: fc.constant('request' as const), version }),
    fc.record({ type: fc.constant('start' as const), kill, health: fc.constantFrom('ready', 'failed', 'silent') }),
    fc.record({ type: fc.constant('apply' as const), version, kill }),
    fc.record({ type: fc.constant('rollback' as const), kill }),
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 9 }), async (events) => {
      const home = await new Installation(join(folder, `home ${round++}`)).make();
      home.rings = [{ keys: [key.public], threshold: 1 }];
      let highest = '0.0';
      for (const it of events) {
        if (it.type === 'request') await home.request(bundles.get(it.version)!, it.version);
        else if (it.type === 'rollback') await home.attempt((parts) => rollback(parts).catch(expected), it.kill);
        else if (it.type === 'apply')
          await home.attempt((parts) => apply(parts, bundles.get(it.version)!).catch(expected), it.kill);
        else if (!(await home.attempt(settle, it.kill))) await says(home, it.health);
        highest = await isWhole(home, highest);
      }
      for (let starts = 0; starts < 3; starts += 1) {
        await settle(home.parts);
        await says(home, 'ready');
      }
      const { state } = await settle(home.parts);
      assert.equal(state.trial, null);
      assert.deepEqual(new Set([await home.place.settled(), await home.place.active()]).size, 1);
      assert.ok((await home.place.active()) !== undefined && !state.bad.some((it) => it.version === '3.4.0'));
      await rm(home.directory, { recursive: true });
    }),
    { numRuns },
  );
}

/** The refusals that are no fault of the code. */
function expected(error: unknown): void {
  assert.match(sentenceOf(error), /newer|on trial|not signed|no older version|did not work/);
}

/** At every moment: the launcher's slot and the judge's are whole, and the highest version only grows. */
async function isWhole({ place }: Installation, highest: string): Promise<string> {
  for (const slot of [await place.active(), (await place.settled()) ?? 'a']) {
    assert.ok(slot);
    assert.ok(place.versionIn(slot), `slot ${slot} is not whole`);
    await readFile(programIn(place.slot(slot)).node);
  }
  const state = await readState(place.stateFile);
  const now = state.highest?.version ?? '0.0';
  assert.ok(compareVersions(now, highest) >= 0);
  return now;
}

/** The agent of a version on trial, after it was started. */
async function says(home: Installation, health: string): Promise<void> {
  const { trial } = await readState(home.place.stateFile);
  if (trial?.phase !== 'running' || health === 'silent') return;
  assert.equal(await activeOf(home.place), trial.slot);
  await writeMark(home.place, { id: trial.id, result: health as 'ready' | 'failed', reason: '' });
}

export async function apply(parts: RootParts, bundle: string): Promise<void> {
  const judged = await judge(parts, bundle, true);
  try {
    await stage(parts, judged, parts.newId());
  } finally {
    await judged.close();
  }
}
