/** Scans of the same addresses at once share the questions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testScanCall } from '../../test/kit/index.js';
import type { Finding, Sighting } from '../contract/index.js';
import { hostsOf, parseRange } from '../contract/index.js';
import { systemClock } from '../runtime/index.js';
import { SharedLook } from './shared-look.js';
import { scan } from './testing/world.js';

const addresses = (range: string) => [...hostsOf(parseRange(range))];
const all = async (values: AsyncIterable<Sighting | Finding>) => {
  const list: string[] = [];
  for await (const it of values) if (!('finding' in it)) list.push(...it.addresses);
  return list.sort();
};

function slowLook(asked: string[]) {
  return new SharedLook(async function* (list, call) {
    for (const address of list) {
      asked.push(address);
      await systemClock.sleep(1, call.signal);
      yield { addresses: [address], alive: 'unknown', evidence: [] };
    }
    yield { finding: 'x', text: 'something about the network' };
  }, systemClock);
}

test('an address that another scan is asking about is asked once, and both hear the answer', async () => {
  const asked: string[] = [];
  const shared = slowLook(asked);
  const [first, second, third] = await Promise.all([
    all(shared.look(addresses('10.0.0.0/26'), testScanCall([]))),
    all(shared.look(addresses('10.0.0.0/25'), testScanCall([]))),
    all(shared.look(addresses('10.0.0.0/27'), testScanCall([]))),
  ]);
  assert.deepEqual(first, addresses('10.0.0.0/26').sort());
  assert.deepEqual(second, addresses('10.0.0.0/25').sort());
  assert.deepEqual(third, addresses('10.0.0.0/27').sort());
  assert.deepEqual(asked.sort(), second);
});

test('what a cancelled scan leaves unanswered is asked by those who waited for it', async () => {
  const asked: string[] = [];
  const shared = slowLook(asked);
  const abort = new AbortController();
  const first = all(shared.look(addresses('10.0.0.0/26'), testScanCall([], { signal: abort.signal })));
  const second = all(shared.look(addresses('10.0.0.0/26'), testScanCall([])));
  setTimeout(() => abort.abort(new Error('cancelled')), 20);
  await assert.rejects(first, /cancelled|abort/);
  assert.deepEqual(await second, addresses('10.0.0.0/26').sort());
  assert.ok(asked.length <= 62 + 1, `${asked.length} questions`);
});

test('two orders for overlapping networks at once ask each address once, and each reports all of its own', async (t) => {
  const asked: string[] = [];
  const { records, others } = await scan(
    t,
    {
      alive: [],
      look: async function* (list) {
        for (const address of list) {
          asked.push(address);
          await systemClock.sleep(1);
          yield { addresses: [address], alive: address.endsWith('.5') ? 'yes' : 'unknown', evidence: [] };
        }
      },
    },
    { start: ['10.0.0.0/26'], collect: false },
    { beside: [{ start: ['10.0.0.0/26', '10.0.2.0/28'], collect: false }] },
  );
  const seen = (list: typeof records) => list.flatMap((it) => (it.type === 'sighting' ? it.addresses : [])).sort();
  assert.deepEqual(seen(records), ['10.0.0.5']);
  assert.deepEqual(seen(others[0] ?? []), ['10.0.0.5', '10.0.2.5']);
  // What was answered before the second scan came that far is asked once more.
  assert.ok(asked.length <= 62 + 14 + 5, `${asked.length} questions`);
});

test('a cancelled scan whose mode does not obey holds nobody, and one that takes its answers slowly neither', async () => {
  let asked = 0;
  const stubborn = new SharedLook(async function* (list) {
    asked += 1;
    if (asked === 1) await new Promise(() => undefined);
    for (const address of list) yield { addresses: [address], alive: 'unknown', evidence: [] };
  }, systemClock);
  const abort = new AbortController();
  const first = stubborn.look(['10.0.0.1'], testScanCall([], { signal: abort.signal }))[Symbol.asyncIterator]();
  void first.next();
  const second = all(stubborn.look(['10.0.0.1'], testScanCall([])));
  abort.abort(new Error('cancelled'));
  assert.deepEqual(await second, ['10.0.0.1']);

  const shared = slowLook([]);
  const reader = shared.look(addresses('10.0.0.0/28'), testScanCall([]))[Symbol.asyncIterator]();
  await reader.next();
  // Nobody takes the rest of the first look; the second has its answers all the same.
  assert.deepEqual(await all(shared.look(['10.0.0.14'], testScanCall([]))), ['10.0.0.14']);
  await reader.return?.(undefined);
});

test('what one look finds out about the network, those who share it hear too', async () => {
  const shared = slowLook([]);
  const findings = async (values: AsyncIterable<Sighting | Finding>) => {
    const list: string[] = [];
    for await (const it of values) if ('finding' in it) list.push(it.finding);
    return list;
  };
  const both = await Promise.all([1, 2].map(() => findings(shared.look(addresses('10.0.0.0/28'), testScanCall([])))));
  assert.deepEqual(both[0], ['x']);
  // The finding came with the last answer; it may have been told just after the second had all of its own.
  assert.ok((both[1] ?? []).length <= 1);
});
