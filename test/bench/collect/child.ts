/**
 * Our side of the bench, in a process of its own: `networks.scan` as the command line runs it, with the real collectors and credential
 * files, and a scan mode that is told who is alive. Its argument is the JSON of `OurRun`; it prints the JSON of `OurResult`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { findHome } from '../../../core/config/index.js';
import { Checkpoint, type Plugin, scanMode } from '../../../core/contract/index.js';
import { guardIn } from '../../../core/credentials/index.js';
import { setUp } from '../../../core/plugin-host/index.js';
import { Policy } from '../../../core/policy/index.js';
import { keepHeapSmall } from '../../../core/runtime/frugal-heap.js';
import { Redactor, systemClock, systemRandom } from '../../../core/runtime/index.js';
import { maxStartAddresses, scanOperation } from '../../../core/scan/index.js';
import { scanInput } from '../../../core/wire/index.js';
import snmp from '../../../plugins/snmp/index.js';
import ssh from '../../../plugins/ssh/index.js';
import type { OurResult, OurRun } from './our.js';

const resolution = 2;

keepHeapSmall();
const run = JSON.parse(process.argv[2] ?? '') as OurRun;
const known = scanMode({
  name: 'known',
  doc: 'Who is alive is known already',
  setup: () => ({
    async *candidates() {
      for (const address of run.addresses)
        yield { sighting: { addresses: [address], alive: 'yes' as const, evidence: [] }, source: 'start' };
    },
  }),
});
const home = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void process.stderr.write(`${text}\n`) };
const roster = setUp([known, ssh, snmp] as Plugin[], {
  home: findHome({ KSOCKET_HOME: home }),
  ...{ clock: systemClock, random: systemRandom, settings: {} },
  ...{ logger: () => log, keepSecret: () => undefined },
});
const operation = scanOperation({
  ...{ roster, log, clock: systemClock, policy: Policy.open, redactor: new Redactor(), credentials: run.credentials },
  guard: guardIn(join(home, 'lockout'), { clock: systemClock, random: systemRandom, log }),
  trails: join(home, 'trails'),
  ...{ modeName: 'known', maxAddresses: maxStartAddresses, maxPacketRate: undefined, mayLogIn: true },
  ...(run.hostsAtOnce === undefined ? {} : { hostsAtOnce: run.hostsAtOnce }),
  spaceAddresses: async () => [],
});
// What hosts know of others is not followed: nobody else is allowed.
const input = scanInput.parse({ allow: run.addresses });

const before = process.cpuUsage();
const from = performance.now();
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
let [collected, sections, bytes] = [0, 0, 0];
const reasons: Record<string, number> = {};
const call = { input, signal: new AbortController().signal, log, resume: undefined, progress() {} };
for await (const record of operation.run(call)) {
  if (record instanceof Checkpoint) continue;
  if (record.type === 'section') {
    sections += 1;
    bytes += JSON.stringify(record).length;
  } else if (record.type === 'node') {
    const bad = record.outcomes.filter((it) => it.result === 'failed');
    if (bad.length === 0 && record.outcomes.some((it) => it.result !== 'skipped')) collected += 1;
    for (const it of bad) reasons[it.reason ?? ''] = (reasons[it.reason ?? ''] ?? 0) + 1;
  }
}
const seconds = (performance.now() - from) / 1000;
delay.disable();
const { user, system } = process.cpuUsage(before);
// The histogram holds the times between two ticks of its timer.
const late = (ns: number) => Math.max(0, ns / 1e6 - resolution);
const result: OurResult = {
  ...{ seconds, collected, sections, bytes, reasons, cpuSeconds: (user + system) / 1e6 },
  peakMiB: process.resourceUsage().maxRSS / 1024,
  eventLoop: { p99Ms: late(delay.percentile(99)), maxMs: late(delay.max) },
};
await rm(home, { recursive: true });
process.stdout.write(`${JSON.stringify(result)}\n`);
