/** The random kills of settle.test.ts, many more of them. */
import test from 'node:test';
import { temporaryFolder } from './testing/bundles.js';
import { killEverywhere } from './testing/kills.js';

test('two hundred lives with kills after random steps, and always a version that starts', async (t) => {
  await killEverywhere(await temporaryFolder(t), 200);
});
