import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import test from 'node:test';
import type { Clock } from '../contract/index.js';
import { readMark } from './asked.js';
import { temporaryFolder } from './testing/bundles.js';
import { Installation } from './testing/installation.js';
import { TrialWatch } from './trial.js';

test('a word that the disk did not take is not said: the next one counts, and the end of the time still comes', async (t) => {
  const { place } = await new Installation(await temporaryFolder(t)).make();
  const folder = dirname(place.markFile);
  let timeIsOver = (): void => assert.fail('nobody watches the time');
  let watched = true;
  const clock = {
    after: (_: number, run: () => void) => {
      timeIsOver = run;
      return () => {
        watched = false;
      };
    },
  } as unknown as Clock;
  let late = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    late = resolve;
  });
  const trial = new TrialWatch(place, 'aa', '3.1.0', clock, () => late());
  // Nothing can be written into what is no folder.
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
  await assert.rejects(trial.ready());
  assert.deepEqual([trial.passed, watched], [false, true]);
  timeIsOver();
  await ended;
  await rm(folder);
  await trial.ready();
  assert.deepEqual([trial.passed, watched, (await readMark(place))?.result], [true, false, 'ready']);
});
