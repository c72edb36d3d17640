/** A scan that is cut off anywhere goes on from its last checkpoint, and says in the end what an undisturbed one says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, hostsOf, parseRange, section } from '../contract/index.js';
import { assembleNodes } from '../inventory/index.js';
import { systemClock } from '../runtime/index.js';
import type { ScanRecord } from '../wire/index.js';
import type { ScanState } from './state.js';
import { scan, type World } from './testing/world.js';

/** Checkpoints come every few milliseconds instead of every five seconds. */
const hasty: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms >= 4000 && ms < 10_000 ? 2 : ms, run) };

const alive = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200].map((n) => `10.0.0.${n}`).concat(['10.0.1.7', '10.0.1.8']);

function world(asked: string[]): World {
  return {
    alive,
    look: async function* (addresses) {
      for (const address of addresses) {
        asked.push(address);
        if (asked.length % 20 === 0) await systemClock.sleep(1);
        yield { addresses: [address], alive: alive.includes(address) ? 'yes' : 'unknown', evidence: [] };
      }
    },
    open: async (address) => ({
      async *neighbours() {
        if (address === '10.0.0.5') yield { address: '10.0.1.7', source: 'arp' };
        if (address === '10.0.1.7') yield { address: '10.0.1.8', source: 'arp' };
      },
      async *inspect() {
        // Parts of one list: said twice, they would be doubled.
        yield section('software', { packages: [{ name: `a of ${address}` }] });
        await systemClock.sleep(3);
        yield section('software', { packages: [{ name: `b of ${address}` }] });
        yield section('os', { hostname: `host-${address}` });
      },
      close: () => undefined,
    }),
  };
}

const input = { start: ['10.0.0.0/24'], allow: ['10.0.0.0/16'] };

/** What does not depend on when and in which order it was said. */
function shown(records: readonly ScanRecord[]) {
  return assembleNodes(records).map((node) => ({
    addresses: node.addresses.map((it) => [it.addr, it.source]),
    packages: node.packages.map((it) => it.name),
    hostname: node.sections.os?.hostname,
    outcomes: node.outcomes.map((it) => [it.collector, it.result]),
  }));
}

const countsOf = (records: readonly ScanRecord[]) =>
  records.flatMap((it) => (it.type === 'summary' ? [it.counts] : []));

type Options = NonNullable<Parameters<typeof scan>[3]>;

/** Crashes after every so many records until the scan ends: what the space has then. */
async function survive(
  t: Parameters<typeof scan>[0],
  makeWorld: () => World,
  life: number,
  options: Options = {},
  order = input,
): Promise<{ journal: ScanRecord[]; lives: number; states: ScanState[] }> {
  let journal: ScanRecord[] = [];
  let resume: unknown;
  const states: ScanState[] = [];
  for (let lives = 0; ; lives++) {
    assert.ok(lives < 200, 'it gets no further');
    const before = journal.length;
    let safe = before;
    const killed = new Error('killed');
    try {
      await scan(t, makeWorld(), order, {
        ...options,
        clock: hasty,
        resume,
        taken: async (record) => {
          // Nothing after the kill reaches the journal; a checkpoint must get its chance first.
          if (journal.length - before >= life + lives) throw killed;
          journal.push(record);
          await options.taken?.(record);
        },
        checkpoint: (state) => {
          safe = journal.length;
          resume = state;
          states.push(state as ScanState);
        },
      });
      return { journal, lives, states };
    } catch (error) {
      if (error !== killed) throw error;
      // What a new run keeps: the records that the checkpoint covers.
      journal = journal.slice(0, safe);
    }
  }
}

test('cut off again and again, at any record, a scan ends with what an undisturbed one finds, and asks little twice', async (t) => {
  const undisturbed = await scan(t, world([]), input);
  assert.equal(shown(undisturbed.records).length, alive.length);
  for (const life of [4, 11, 23]) {
    const asked: string[] = [];
    const { journal, lives } = await survive(t, () => world(asked), life);
    t.diagnostic(`${lives} crashes at every ${life} records: ${asked.length} questions for 256 addresses`);
    assert.deepEqual(shown(journal), shown(undisturbed.records), `life of ${life} records`);
    assert.deepEqual(countsOf(journal), countsOf(undisturbed.records));
  }
});

test('with a slow space, a full channel and hosts that know each other, nobody is asked, read or counted twice', async (t) => {
  const order = { ...input, start: ['10.0.0.0/26'] };
  const all = order.start.flatMap((range) => [...hostsOf(parseRange(range))]);
  const crowded = (): World => ({
    ...world([]),
    look: async function* (addresses) {
      for (const address of addresses) yield { addresses: [address], alive: 'yes', evidence: [] };
    },
    open: async (address) => ({
      async *neighbours() {
        for (const other of all.slice(0, 20)) yield { address: other, source: 'arp' };
        await systemClock.sleep(2);
      },
      async *inspect() {
        yield section('software', { packages: [{ name: `p of ${address}` }] });
      },
      close: () => undefined,
    }),
  });
  const slowly = { taken: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const undisturbed = await scan(t, crowded(), order);
  const { journal, lives, states } = await survive(t, crowded, 50, slowly, order);
  t.diagnostic(`${lives} crashes`);
  assert.ok(lives > 2);
  assert.deepEqual(shown(journal), shown(undisturbed.records));
  assert.deepEqual(countsOf(journal), countsOf(undisturbed.records));
  for (const { counts } of states)
    assert.ok(
      Object.values(counts).every((n) => n >= 0),
      JSON.stringify(counts),
    );
});

test('what a cloud says of its machines is kept, and machines without an address are not doubled', async (t) => {
  const cloud = (): World => ({
    alive: [],
    candidates: [1, 2, 3, 4, 5, 6].map((n) => ({
      source: 'cloud',
      sighting: {
        addresses: n % 3 === 0 ? [] : [`10.0.9.${n}`],
        alive: n % 3 === 0 ? ('no' as const) : ('yes' as const),
        evidence: [{ probe: 'cloud', answer: 'known' }],
        sections: [section('identity', { cloudId: `vm-${n}` })],
      },
    })),
    open: async (address) => ({
      async *neighbours() {},
      async *inspect() {
        await systemClock.sleep(3);
        yield section('os', { hostname: `host-${address}` });
      },
      close: () => undefined,
    }),
  });
  const undisturbed = await scan(t, cloud(), input);
  const ids = (records: readonly ScanRecord[]) =>
    assembleNodes(records)
      .map((it) => it.sections.identity?.cloudId)
      .sort();
  assert.equal(ids(undisturbed.records).length, 6);
  for (const life of [2, 3, 5]) {
    const { journal } = await survive(t, cloud, life, { taken: () => systemClock.sleep(1) });
    assert.deepEqual(ids(journal), ids(undisturbed.records), `life of ${life} records`);
    assert.deepEqual(countsOf(journal), countsOf(undisturbed.records));
  }
});

/** The state of a checkpoint at which hosts are found and none is through. */
async function stateWithHosts(t: Parameters<typeof scan>[0]): Promise<ScanState> {
  const { states } = await survive(t, () => world([]), 8);
  const state = states.find((it) => it.hosts.length > 2);
  assert.ok(state !== undefined);
  return state;
}

test('a resumed scan logs in to nobody when that is no longer permitted, and says so', async (t) => {
  const state = await stateWithHosts(t);
  const { log, records } = await scan(t, world([]), input, { resume: state, mayLogIn: false });
  assert.deepEqual(
    log.filter((it) => it.startsWith('open')),
    [],
  );
  assert.ok(records.some((it) => it.type === 'finding' && it.kind === 'insecure-link'));
});

test('a resumed scan asks nobody whom the policy denies by now', async (t) => {
  const state = await stateWithHosts(t);
  const asked: string[] = [];
  const { log } = await scan(t, world(asked), input, { resume: state, policy: { deny: ['10.0.0.0/8'] } });
  assert.deepEqual([asked, log.filter((it) => it.startsWith('open'))], [[], []]);
});

test('that the bound was met is still said by the run that goes on', async (t) => {
  const state = { ...(await stateWithHosts(t)), stopped: true };
  const { notes } = await scan(t, world([]), input, { resume: state, maxAddresses: 20 });
  assert.match(notes, /stopped at 20 addresses/);
});

test('a checkpoint of another version ends the run with a word instead of doubling what was said', async (t) => {
  await assert.rejects(scan(t, world([]), input, { resume: { version: 7 } }), { code: 'E_UNSUPPORTED' });
});
