/** The journal of the simulation answers as the one on SQLite does, whatever is asked in whatever order. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { type Journal, openJournal } from '../../core/journal/index.js';
import { order } from '../../core/operations/testing/orders.js';
import { emptyDigest } from '../../core/wire/index.js';
import { seededRandom, VirtualClock } from '../kit/index.js';
import { Disk, MemoryJournal } from './memory-journal.js';

/** Three operations are enough to get in each other's way. */
const orders = [1, 2, 3].map((n) => order(n, 'test.count', { to: n }));
const outcome = { status: 'ok', records: 1, digest: emptyDigest } as const;

type Step = (journal: Journal) => unknown;

const step: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(...orders), fc.nat(12), fc.nat(11))
  .map(
    ([it, n, which]): Step =>
      [
        (j: Journal) => j.accept(it, 1000 + n),
        (j: Journal) => j.accept(it, 1000 + n, outcome),
        (j: Journal) => j.start(it.opId, n),
        (j: Journal) => j.append(it.opId, n % 2 === 0 ? ['1'] : ['{"a":1}', '2']),
        (j: Journal) => j.append(it.opId, ['3']),
        (j: Journal) => j.checkpoint(it.opId, { next: n }),
        (j: Journal) => j.done(it.opId, outcome),
        (j: Journal) => j.acknowledged(it.opId, n),
        (j: Journal) => j.settle(it.opId),
        (j: Journal) => j.setEpoch(n),
        (j: Journal) => j.setProven(`host ${n}`),
        (j: Journal) => j.adopt({ spaceId: 'space', slotId: n < 11 ? '1' : '2' }),
      ][which]!,
  );

function answer(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const state = (journal: Journal) => ({
  identity: { ...journal.identity(), instance: '' },
  count: journal.count(),
  entries: journal.entries(),
  records: orders.map(({ opId }) => journal.records(opId, 0, 100)),
  states: orders.map(({ opId }) => journal.checkpointState(opId)),
  inputs: orders.map(({ opId }) => answer(() => journal.input(opId))),
});

/** Rows of a database have a field for what a map leaves out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('both journals give the same answers', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'ksocket-port-'));
      const real = openJournal(join(folder, 'journal.db'), new VirtualClock(), seededRandom(1));
      const simulated = new MemoryJournal(new Disk('i'));
      try {
        for (const run of steps) {
          answer(() => run(real));
          answer(() => run(simulated));
          const view = plain(state(simulated)) as { entries: Record<string, unknown>[] };
          // The rows of the simulation carry their records, inputs and states.
          for (const entry of view.entries) {
            delete entry.records;
            delete entry.input;
            delete entry.progress;
          }
          assert.deepEqual(view, plain(state(real)));
        }
      } finally {
        real.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});
