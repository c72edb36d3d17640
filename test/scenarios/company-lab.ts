/** The lab's company, built once for the tests of the file that imports this. */
import { after, before } from 'node:test';
import { buildLab, type Lab, labMissing } from '../lab/index.js';

const missing = await labMissing();

/** Why there is none, for the options of a test. */
export const skip = missing.length > 0 ? `needs ${missing.join(', ')}` : false;

/** There once the first test begins. */
export let lab: Lab;

before(async () => {
  if (!skip) lab = await buildLab();
});
after(async () => lab?.close());
