/** A space in a process of its own, for tests that kill it: `node child.js DIRECTORY`; prints its URL and serves until it dies. */
import { testClock, testLogger, testRandom } from '../../test/kit/index.js';
import { serveSpace } from '../serve.js';
import { adminKey } from './space.js';

const directory = process.argv[2];
if (directory === undefined) throw new Error('name a directory');
const space = await serveSpace({
  directory,
  port: 0,
  log: testLogger(),
  clock: testClock,
  random: testRandom,
  adminKey,
});
process.stdout.write(`${space.url}\n`);
