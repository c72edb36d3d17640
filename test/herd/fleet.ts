/** Many real agents' links in one process: uplink, journal on disk, WebSocket. `node fleet.js HOME PORT`, tokens on standard input. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Logger, Secret } from '../../core/contract/index.js';
import { openJournal } from '../../core/journal/index.js';
import { Uplink } from '../../core/link/index.js';
import { Dispatcher, Registry } from '../../core/operations/index.js';
import { systemClock, systemRandom } from '../../core/runtime/index.js';
import { connectSettings } from '../simulation/agent.js';

const [home = '', port = ''] = process.argv.slice(2);
const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };
/** So that a fleet on one machine does not begin all at once. */
const beginWithinMs = 5000;

mkdirSync(home, { recursive: true });
process.on('disconnect', () => process.exit(0));
let n = 0;
for await (const token of createInterface({ input: process.stdin })) begin(n++, token);
process.send?.({ begun: n, rssMiB: Math.round(process.memoryUsage().rss / 1024 / 1024) });

function begin(index: number, token: string): void {
  const journal = openJournal(join(home, `${index}.db`), systemClock, systemRandom);
  const dispatcher = new Dispatcher({
    journal,
    registry: new Registry(),
    clock: systemClock,
    log: silentLog,
    maxOperations: connectSettings.maxOperations,
    maxRunning: connectSettings.maxRunningOperations,
    permits: () => true,
  });
  const uplink = new Uplink({
    url: new URL(`ws://127.0.0.1:${port}/api/ksocket/connect`),
    token: new Secret(token),
    verify: true,
    journal,
    orders: dispatcher,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    settings: connectSettings,
    status: (text) => process.send?.({ ready: text.startsWith('connected'), index }),
    hello: {
      ...{ purpose: 'serve', boot: systemRandom.bytes(16).toString('hex'), name: `agent ${index}` },
      ...{ agentVersion: '0', os: 'none', mode: 'intranet', features: [] },
    },
  });
  dispatcher.begin({
    changed: (opId) => uplink.changed(opId),
    progress: (progress) => uplink.progress(progress),
    storageFailed: (fault) => uplink.storageFailed(fault),
  });
  systemClock.after(systemRandom.next() * beginWithinMs, () => {
    uplink.run(new AbortController().signal).then(
      ({ exit, reason }) => process.send?.({ ended: `${exit} ${reason}`, index }),
      (error: unknown) => process.send?.({ ended: String(error), index }),
    );
  });
}
