/** A scan that is cut off anywhere goes on from its last checkpoint, and says in the end what an undisturbed one says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, section } from '../contract/index.js';
import { assembleNodes } from '../inventory/index.js';
import { systemClock } from '../runtime/index.js';
import type { ScanRecord } from '../wire/index.js';
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

test('cut off again and again, at any record, a scan ends with what an undisturbed one finds, and asks little twice', async (t) => {
  const undisturbed = await scan(t, world([]), input);
  assert.equal(shown(undisturbed.records).length, alive.length);
  for (const life of [4, 7, 11, 16, 23]) {
    let journal: ScanRecord[] = [];
    let resume: unknown;
    const asked: string[] = [];
    let lives = 0;
    for (; ; lives++) {
      assert.ok(lives < 200, 'it gets no further');
      const before = journal.length;
      let safe = before;
      const kill = new AbortController();
      const killed = new Error('killed');
      try {
        await scan(t, world(asked), input, {
          clock: hasty,
          signal: kill.signal,
          resume,
          taken: (record) => {
            // Nothing after the kill reaches the journal; a checkpoint must get its chance first.
            if (journal.length - before >= life + lives) throw killed;
            journal.push(record);
          },
          checkpoint: (state) => {
            safe = journal.length;
            resume = state;
          },
        });
        break;
      } catch (error) {
        if (error !== killed) throw error;
        // What a new run keeps: the records that the checkpoint covers.
        journal = journal.slice(0, safe);
      }
    }
    t.diagnostic(`${lives} crashes at every ${life} records: ${asked.length} questions for 256 addresses`);
    assert.deepEqual(shown(journal), shown(undisturbed.records), `life of ${life} records`);
    assert.deepEqual(countsOf(journal), countsOf(undisturbed.records));
  }
});

test('a checkpoint of another version ends the run with a word instead of doubling what was said', async (t) => {
  await assert.rejects(scan(t, world([]), input, { resume: { version: 7 } }), { code: 'E_UNSUPPORTED' });
});
