/** `npm run bench -- NAME`: one measurement beside its peers in the same run, as JSON with its conditions and ratios. */
import { benchCollect } from './collect/index.js';
import { benchDiscovery } from './discovery/index.js';
import { benchSession } from './session.js';

const benches: Record<string, (options: readonly string[]) => Promise<Record<string, unknown>>> = {
  collect: benchCollect,
  discovery: benchDiscovery,
  session: benchSession,
};
const [name = '', ...options] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`npm run bench -- NAME; there is ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 2;
} else process.stdout.write(`${JSON.stringify({ [name]: await bench(options) }, null, 2)}\n`);
