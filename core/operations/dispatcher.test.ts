/** The dispatcher with a real journal, virtual time, and a disk that can be full. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { z } from 'zod';
import { seededRandom, testLogger, VirtualClock } from '../../test/kit/index.js';
import { type Failure, failure, type Operation, operation } from '../contract/index.js';
import { type Journal, openJournal } from '../journal/index.js';
import { Dispatcher, Registry } from './index.js';
import { counting, hanging, order } from './testing/orders.js';

interface Scene {
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly dispatcher: Dispatcher;
  /** Methods of the journal that fail, as on a full disk. */
  readonly broken: Set<string>;
  readonly faults: Failure[];
  begin(): void;
}

function scene(
  t: TestContext,
  operations: Operation[],
  options: { maxRunning?: number; permits?: (name: string) => boolean; refuses?: (name: string) => string } = {},
): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-dispatcher-'));
  const clock = new VirtualClock();
  const real = openJournal(join(folder, 'journal.db'), clock, seededRandom(1));
  const broken = new Set<string>();
  const journal = new Proxy(real, {
    get(target, name: keyof Journal) {
      return (...args: never[]) => {
        if (broken.has(name)) throw failure('E_STORAGE', name);
        return (target[name] as (...args: never[]) => unknown).call(target, ...args);
      };
    },
  });
  const registry = new Registry();
  for (const it of operations) registry.add(it, 'test');
  const faults: Failure[] = [];
  const dispatcher = new Dispatcher({
    journal,
    registry,
    clock,
    log: testLogger(),
    maxOperations: 5,
    maxRunning: options.maxRunning ?? 5,
    permits: options.permits ?? (() => true),
    ...(options.refuses ? { refuses: options.refuses } : {}),
  });
  t.after(async () => {
    await dispatcher.drain();
    real.close();
    rmSync(folder, { recursive: true });
  });
  const begin = () => dispatcher.begin({ changed: () => {}, progress: () => {}, storageFailed: (f) => faults.push(f) });
  return { clock, journal, dispatcher, broken, faults, begin };
}

test('an operation gets what its schema made of the input', async (t) => {
  const { clock, dispatcher, journal, begin } = scene(t, [counting({ count: 0 })]);
  begin();
  const it = order(1, 'test.count', {});
  dispatcher.offer(it);
  await clock.advance(100);
  assert.deepEqual([journal.entry(it.opId)!.outcome!.status, journal.entry(it.opId)!.outcome!.records], ['ok', 3]);
});

test('a full disk is said once, starts nothing meanwhile, and the work goes on when there is room', async (t) => {
  const runs = { count: 0 };
  const { clock, dispatcher, journal, broken, faults, begin } = scene(t, [counting(runs)]);
  begin();
  broken.add('start');
  const it = order(1, 'test.count');
  dispatcher.offer(it);
  await clock.advance(25_000);
  assert.equal(runs.count, 0);
  assert.ok(faults.length >= 1 && faults.length <= 3, `${faults.length} alarms in 25 s`);
  broken.clear();
  await clock.advance(25_000);
  assert.equal(journal.entry(it.opId)!.outcome!.status, 'ok');
});

test('an order of class once that lost its disk in the middle never runs again', async (t) => {
  const runs = { count: 0 };
  const { clock, dispatcher, journal, broken, begin } = scene(t, [counting(runs, 'once')]);
  begin();
  broken.add('append');
  const it = order(1, 'test.count', {}, { class: 'once', maxRuns: 1 });
  dispatcher.offer(it);
  await clock.advance(1000);
  broken.clear();
  await clock.advance(60_000);
  assert.equal(runs.count, 1);
  assert.equal(journal.entry(it.opId)!.outcome!.code, 'E_CRASHED');
});

test('a plug-in that throws the journal’s own failure ends like any other', async (t) => {
  let runs = 0;
  const liar = operation({
    name: 'test.liar',
    doc: '',
    input: z.object({}),
    output: z.number(),
    class: 'safe' as const,
    async *run() {
      runs += 1;
      yield 1;
      throw failure('E_STORAGE', 'disk of the target');
    },
  }) as Operation;
  const { clock, dispatcher, journal, faults, begin } = scene(t, [liar]);
  begin();
  const it = order(1, 'test.liar');
  dispatcher.offer(it);
  await clock.advance(30_000);
  assert.deepEqual(
    [runs, journal.entry(it.opId)!.outcome!.status, journal.entry(it.opId)!.outcome!.code, faults.length],
    [1, 'partial', 'E_STORAGE', 0],
  );
});

test('a refused order is refused in one step with its journaling, so that no restart runs it', async (t) => {
  const runs = { count: 0 };
  const { dispatcher, journal, broken, begin } = scene(t, [counting(runs)], {
    permits: (name) => name !== 'test.forbidden',
  });
  begin();
  broken.add('done');
  for (const it of [
    order(1, 'test.count', { to: 'x' }),
    order(2, 'test.nonsense'),
    order(3, 'test.forbidden'),
    order(4, 'test.count', {}, { kindVersion: 9 }),
  ]) {
    assert.equal(dispatcher.offer(it), 'taken');
    assert.equal(journal.entry(it.opId)!.state, 'done');
    assert.throws(() => journal.input(it.opId), { code: 'E_FORGOTTEN' });
  }
  assert.equal(runs.count, 0);
});

test('orders far beyond the credit are answered no more', (t) => {
  const { dispatcher, begin } = scene(t, [hanging]);
  begin();
  const answers = Array.from({ length: 200 }, (_, i) => dispatcher.offer(order(i + 1, 'test.hang')));
  assert.ok(answers.includes('flood'));
  assert.ok(dispatcher.limit < 200);
});

test('an order that waits too long behind others expires at its time, not when a place is free', async (t) => {
  const { clock, dispatcher, journal, begin } = scene(t, [hanging], { maxRunning: 1 });
  begin();
  dispatcher.offer(order(1, 'test.hang'));
  const late = order(2, 'test.hang', {}, { startWithin: 5 });
  dispatcher.offer(late);
  await clock.advance(4900);
  assert.equal(journal.entry(late.opId)!.state, 'accepted');
  await clock.advance(200);
  assert.equal(journal.entry(late.opId)!.outcome!.status, 'expired');
});

test('an operation that is settled while it runs ends without a word', async (t) => {
  const { clock, dispatcher, journal, faults, begin } = scene(t, [hanging]);
  begin();
  const it = order(1, 'test.hang');
  dispatcher.offer(it);
  await clock.advance(100);
  dispatcher.settled(it.opId);
  journal.settle(it.opId);
  await clock.advance(5000);
  assert.deepEqual([journal.entries(), faults], [[], []]);
});

test('a run waits when the space does not acknowledge, and goes on when it does', async (t) => {
  const { clock, dispatcher, journal, begin } = scene(t, [counting({ count: 0 })]);
  begin();
  const it = order(1, 'test.count', { to: 10_000 });
  dispatcher.offer(it);
  await clock.advance(1000);
  const ahead = journal.entry(it.opId)!.sentRec;
  assert.ok(ahead > 4000 && ahead < 5000, String(ahead));
  for (let i = 0; i < 5; i++) {
    dispatcher.acknowledged(it.opId, journal.entry(it.opId)!.sentRec);
    await clock.advance(1000);
  }
  assert.equal(journal.entry(it.opId)!.outcome!.records, 10_000);
});

test('the end of the process leaves a run for the next one, which begins it again', async (t) => {
  const runs = { count: 0 };
  const { clock, dispatcher, journal, begin } = scene(t, [hanging, counting(runs)]);
  begin();
  const it = order(1, 'test.hang');
  dispatcher.offer(it);
  await clock.advance(100);
  await Promise.all([dispatcher.drain(), clock.advance(5000)]);
  assert.deepEqual([journal.entry(it.opId)!.state, journal.entry(it.opId)!.run], ['started', 1]);
});

test('a hold lets what runs end, begins nothing new, and takes it up when it is taken back', async (t) => {
  const runs = { count: 0 };
  const { clock, dispatcher, journal, begin } = scene(t, [counting(runs), hanging]);
  begin();
  const running = order(1, 'test.hang');
  dispatcher.offer(running);
  let release: (() => void) | undefined;
  const held = dispatcher.hold('test.other', new AbortController().signal).then((it) => {
    release = it;
  });
  const waiting = order(2, 'test.count', {});
  dispatcher.offer(waiting);
  await clock.advance(100);
  assert.deepEqual([runs.count, release, journal.entry(waiting.opId)!.state], [0, undefined, 'accepted']);
  dispatcher.cancel(running.opId, 'enough');
  await held;
  assert.equal(runs.count, 0);
  release!();
  await clock.advance(100);
  assert.equal(journal.entry(waiting.opId)!.outcome!.status, 'ok');
});

test('what a setting refuses is answered with its reason', (t) => {
  const runs = { count: 0 };
  const { dispatcher, journal, begin } = scene(t, [counting(runs)], { refuses: () => 'update.mode is off' });
  begin();
  const it = order(1, 'test.count', {});
  dispatcher.offer(it);
  const { status, code, note } = journal.entry(it.opId)!.outcome!;
  assert.deepEqual([status, code, note], ['rejected', 'E_POLICY', 'operation test.count: update.mode is off']);
});
