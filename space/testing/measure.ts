/**
 * Measures the space on this machine and prints JSON: records a second through the whole path (socket, check, digest,
 * commit with fsync, acknowledgement), the end of a large scan, and pages of a large network.
 * `node dist/space/testing/measure.js [RECORDS] [NODES]`
 */
import { testClock } from '../../test/kit/index.js';
import { MemoryAgent } from './agent.js';
import { section, sighting, summary } from './records.js';
import { startSpace } from './space.js';

const records = Number(process.argv[2] ?? 50_000);
const nodes = Number(process.argv[3] ?? 50_000);
const clock = { now: () => testClock.monotonic(), since: (from: number) => testClock.monotonic() - from };
const it = await startSpace();

/** Sightings and sections of addresses that nobody has. */
function bodies(count: number, addresses: number): unknown[] {
  const all: unknown[] = [];
  for (let i = 0; all.length < count; i++) {
    const n = i % addresses;
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const mac = `00:1b:63:${[n >> 16, (n >> 8) & 255, n & 255].map((x) => x.toString(16).padStart(2, '0')).join(':')}`;
    if (i < addresses) all.push(sighting(address, { mac, names: [{ name: `host-${n}.example.org`, source: 'dns' }] }));
    else
      all.push(
        section(address, 'os', {
          hostname: `host-${n}`,
          family: n % 3 ? 'Linux' : 'Windows',
          name: 'Debian GNU/Linux',
          version: '12.7',
          description: 'x'.repeat(200),
        }),
      );
  }
  return all;
}

const agent = new MemoryAgent(it.token, [...bodies(records, Math.ceil(records / 2)), summary()]);
await it.cli.startScan('main');
const started = clock.now();
let path = 0;
agent.patient = true;
agent.acknowledged = () => {
  path = clock.since(started);
};
await agent.serve(it.url);
const conclusion = clock.since(started) - path;

const large = await startSpace();
const scan = new MemoryAgent(large.token, [...bodies(nodes * 2, nodes), summary()]);
await large.cli.startScan('main');
const scanStarted = clock.now();
await scan.serve(large.url);
const wholeScan = clock.since(scanStarted);
const pages: Record<string, number> = {};
const networks = `/apps/sonar/networks/${large.networkId}/managed-nodes`;
const login = await fetch(large.space.loginUrl, { redirect: 'manual' });
const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
for (const [name, at] of Object.entries({
  list: networks,
  search: `${networks}?search=host-4321`,
  byName: `${networks}?sort=-displayName`,
  lastPage: `${networks}?offset=${nodes - 100}`,
  family: `${networks}?family=Windows&sort=lastSeen`,
  home: '/',
  api: `/api${networks}?limit=1000`,
})) {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const from = clock.now();
    await (await fetch(large.url + at, { headers: { cookie } })).text();
    times.push(clock.since(from));
  }
  pages[name] = Math.round(times.sort((a, b) => a - b)[2]!);
}
process.stdout.write(
  `${JSON.stringify(
    {
      records: {
        count: records,
        milliseconds: Math.round(path),
        perSecond: Math.round((records / path) * 1000),
        conclusionMilliseconds: Math.round(conclusion),
      },
      scan: { nodes, milliseconds: Math.round(wholeScan) },
      pagesMilliseconds: pages,
      rssMiB: Math.round(process.memoryUsage().rss / 1024 / 1024),
    },
    null,
    2,
  )}\n`,
);
await it.close();
await large.close();
