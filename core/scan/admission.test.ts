/** Whoever speaks of an address, it is judged before anything is done with it. */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import test from 'node:test';
import { type Section, type Session, type Sighting, section } from '../contract/index.js';
import { Policy, policySchema } from '../policy/index.js';
import type { ScanRecord } from '../wire/index.js';
import { scan } from './testing/world.js';

const seen = (...addresses: string[]): Sighting => ({ addresses, alive: 'yes', evidence: [] });
const telling = (...values: (Section | Sighting)[]): Session => ({
  async *neighbours() {},
  async *inspect() {
    yield* values;
  },
  close() {},
});
const addressesIn = (records: readonly ScanRecord[]) =>
  records.flatMap((r) => (r.type === 'sighting' ? [r.addresses.join('+')] : []));

test('what a host tells of others in its details is recorded as far as the order allows, closed, and not entered', async (t) => {
  const manager = telling(
    section('os', { hostname: 'esx' }),
    seen('10.9.9.9'),
    seen('10.0.0.2', '10.9.9.9'),
    seen('10.0.0.1'),
    { ...seen('10.0.0.3'), sections: [section('os', { hostname: 'guest' })] },
    { addresses: [], alive: 'no', evidence: [], names: [{ name: 'stopped', source: 'vim' }] },
  );
  const { records, log, notes, summary } = await scan(
    t,
    { alive: ['10.0.0.1'], open: async () => manager },
    { start: ['10.0.0.1'], allow: ['10.0.0.0/24'] },
  );
  assert.deepEqual(addressesIn(records), ['10.0.0.1', '10.0.0.2', '10.0.0.3', '']);
  assert.deepEqual(
    log.filter((l) => l.startsWith('open')),
    ['open 10.0.0.1 right'],
  );
  const closed = records.flatMap((r) => (r.type === 'node' ? [[r.node, r.outcomes.length]] : []));
  assert.deepEqual(
    closed.map(([, count]) => count),
    [0, 0, 0, 1],
  );
  assert.deepEqual(new Set(closed.map(([node]) => node)).size, 4);
  const guest = records.find((r) => r.type === 'section' && r.node === '10.0.0.3');
  assert.equal(guest?.type === 'section' && guest.provenance.collector, 'ssh');
  assert.match(notes, /2 sightings left out/);
  assert.equal(summary?.type === 'summary' && summary.counts.alive, 3);
});

test('candidates that are sightings pass the same gate: denied, known and surplus ones are left out, stopped ones stay', async (t) => {
  const { records, log, notes } = await scan(
    t,
    {
      alive: [],
      candidates: [
        seen('10.0.0.9'),
        seen('10.0.0.1', '10.0.0.9'),
        seen('10.0.0.1'),
        { addresses: [], alive: 'no' as const, evidence: [] },
        seen('not an address'),
        seen('10.0.0.2'),
        seen('10.0.0.3'),
      ].map((sighting) => ({ sighting, source: 'cloud' })),
    },
    { deny: ['10.0.0.9'] },
    { maxAddresses: 3 },
  );
  assert.deepEqual(addressesIn(records), ['10.0.0.1', '', '10.0.0.2']);
  assert.deepEqual(log.filter((l) => l.startsWith('open')).length, 2);
  assert.match(notes, /4 sightings left out/);
  assert.match(notes, /stopped at 3 addresses/);
});

test('an answer for an address that was not asked for, or a second answer, is left out', async (t) => {
  const { records, notes } = await scan(
    t,
    {
      alive: [],
      look: async function* () {
        yield seen('10.0.0.1', '10.0.9.9');
        yield seen('10.0.0.1');
        yield seen('10.0.9.9');
      },
    },
    { start: ['10.0.0.0/30'], deny: ['10.0.9.0/24'] },
  );
  assert.deepEqual(addressesIn(records), ['10.0.0.1']);
  assert.match(notes, /2 sightings left out/);
});

test('a large order with ten thousand denied networks leaves the event loop to others', async (t) => {
  const deny = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/25`);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  let asked = 0;
  await scan(
    t,
    {
      alive: [],
      get candidates() {
        delays.enable();
        return [];
      },
      look: async function* (addresses): AsyncGenerator<Sighting> {
        delays.disable();
        asked = [...addresses].length;
        yield* [];
      },
    },
    { start: ['10.0.0.0/16'], deny },
  );
  assert.equal(asked, 32_767);
  const longest = Math.round(delays.max / 1e6);
  t.diagnostic(`longest stall ${longest} ms`);
  // Some milliseconds on a quiet machine; asking all ranges for all addresses in one go is seconds.
  assert.ok(longest < 200);
});

test('the same thousand neighbours of many hosts are judged once', async (t) => {
  const hosts = Array.from({ length: 200 }, (_, i) => `10.0.1.${i + 1}`);
  const others = Array.from({ length: 1000 }, (_, i) => `2001:db8::${(i + 1).toString(16)}`);
  const judged: string[] = [];
  class Counting extends Policy {
    override refuses(address: string): string | undefined {
      judged.push(address);
      return address.includes(':') ? 'not here' : undefined;
    }
  }
  const { summary } = await scan(
    t,
    { alive: hosts, neighbours: Object.fromEntries(hosts.map((h) => [h, others])) },
    { start: hosts },
    { policyItself: new Counting(policySchema.parse({})) },
  );
  assert.equal(summary?.type === 'summary' && summary.counts.entered, 200);
  const times = judged.filter((address) => address === others[0]).length;
  assert.ok(times <= 2, `judged ${times} times`);
});
