/** `networks.scan` as the command line runs it, with the intranet mode alone and nothing to log in with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHome } from '../../../core/config/index.js';
import { Checkpoint, type Plugin } from '../../../core/contract/index.js';
import { guardIn } from '../../../core/credentials/index.js';
import { setUp } from '../../../core/plugin-host/index.js';
import { Policy } from '../../../core/policy/index.js';
import { Redactor, systemClock, systemRandom } from '../../../core/runtime/index.js';
import { maxStartAddresses, scanOperation } from '../../../core/scan/index.js';
import { scanInput } from '../../../core/wire/index.js';
import intranet from '../../../plugins/intranet/index.js';
import type { Our } from './our.js';

export const scanAll: Our = async (run, { alive, warn, signal }) => {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  try {
    const log = { debug() {}, info() {}, warn, error: warn };
    const roster = setUp([intranet as Plugin], {
      home: findHome({ KSOCKET_HOME: directory }),
      ...{ clock: systemClock, random: systemRandom, settings: {} },
      ...{ logger: () => log, keepSecret: () => undefined },
    });
    const operation = scanOperation({
      ...{ roster, log, clock: systemClock, policy: Policy.open, redactor: new Redactor(), credentials: directory },
      guard: guardIn(join(directory, 'lockout'), { clock: systemClock, random: systemRandom, log }),
      trails: join(directory, 'trails'),
      ...{ modeName: 'intranet', maxAddresses: maxStartAddresses, maxPacketRate: undefined, mayLogIn: true },
      spaceAddresses: async () => [],
    });
    const input = scanInput.parse({
      ...{ start: [run.network], allow: [run.network], collect: false },
      ...(run.rate === undefined ? {} : { maxPacketRate: run.rate }),
    });
    for await (const record of operation.run({ input, signal, log, resume: undefined, progress() {} })) {
      if (record instanceof Checkpoint) continue;
      if (record.type === 'sighting') alive(record.node);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
};
