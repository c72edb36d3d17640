import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { systemClock, systemRandom } from '../runtime/index.js';
import { chainDigest, emptyDigest, type FrameOf, uuidv7 } from '../wire/index.js';
import { openJournal } from './index.js';

const order = (opSeq: number): FrameOf<'op'> => ({
  type: 'op',
  opId: uuidv7(opSeq, systemRandom.bytes(10)),
  opSeq,
  kind: 'networks.scan',
  kindVersion: 1,
  input: {},
  class: 'safe',
  startWithin: 60,
  timeLimit: 60,
  firstRun: 1,
  maxRuns: 2,
});

function folder(t: { after(run: () => unknown): void }) {
  const path = mkdtempSync(join(tmpdir(), 'ksocket-journal-'));
  t.after(() => rmSync(path, { recursive: true }));
  return {
    path: join(path, 'journal.db'),
    open: () => openJournal(join(path, 'journal.db'), systemClock, systemRandom),
    names: () => readdirSync(path),
  };
}

test('an operation goes through its states and is still there after a reopening', (t) => {
  const { open } = folder(t);
  const it = order(7);
  let journal = open();
  journal.adopt({ spaceId: 's', slotId: '1' });
  journal.accept(it, 1000);
  journal.accept(it, 2000);
  assert.equal(journal.identity().maxSeen, 7);
  assert.equal(journal.start(it.opId, 1).run, 1);
  assert.equal(journal.append(it.opId, ['{"a":1}', '{"b":2}']).sentRec, 2);
  const { instance } = journal.identity();
  journal.close();
  journal = open();
  const [entry] = journal.entries();
  assert.deepEqual([entry!.state, entry!.run, entry!.sentRec, entry!.acceptedAt], ['started', 1, 2, 1000]);
  assert.equal(entry!.digest, chainDigest(chainDigest(emptyDigest, '{"a":1}'), '{"b":2}'));
  assert.equal(journal.identity().instance, instance);
  assert.deepEqual(journal.records(it.opId, 1, 10), [{ rec: 2, json: '{"b":2}' }]);
  journal.done(it.opId, { status: 'ok', records: 2, digest: entry!.digest });
  journal.done(it.opId, { status: 'failed', records: 0, digest: emptyDigest });
  assert.equal(journal.entry(it.opId)!.outcome!.status, 'ok', 'the first outcome is the only one');
  journal.settle(it.opId);
  assert.deepEqual(journal.entries(), []);
  assert.equal(journal.identity().maxSeen, 7);
  journal.close();
});

test('a second run keeps what the checkpoint covers and drops the rest', (t) => {
  const { open } = folder(t);
  const journal = open();
  const it = order(1);
  journal.accept(it, 0);
  journal.start(it.opId, 1);
  const at = journal.append(it.opId, ['1', '2']);
  journal.checkpoint(it.opId, { next: 3 });
  journal.append(it.opId, ['3']);
  const again = journal.start(it.opId, 2);
  assert.deepEqual(
    [again.sentRec, again.keeps.at(-1)?.keep, again.digest, journal.checkpointState(it.opId)],
    [2, 2, at.digest, { next: 3 }],
  );
  assert.deepEqual(
    journal.records(it.opId, 0, 10).map((r) => r.rec),
    [1, 2],
  );
  journal.close();
});

test('another slot archives what was there and counts from zero', (t) => {
  const { open } = folder(t);
  const journal = open();
  journal.adopt({ spaceId: 's', slotId: '1' });
  journal.accept(order(5), 0);
  journal.setEpoch(9);
  journal.adopt({ spaceId: 's', slotId: '2' });
  assert.deepEqual(
    { ...journal.identity(), instance: '' },
    { instance: '', pair: { spaceId: 's', slotId: '2' }, lastEpoch: 0, maxSeen: 0, proven: null },
  );
  assert.deepEqual(journal.entries(), []);
  journal.close();
});

test('a second process is told that the journal is in use', (t) => {
  const { open } = folder(t);
  const journal = open();
  assert.throws(open, { code: 'E_STORAGE', message: /is in use/ });
  journal.close();
  open().close();
});

test('a damaged file is set aside with an alarm, and a new journal begins', (t) => {
  const { path, names } = folder(t);
  const alarms: string[] = [];
  writeFileSync(path, 'this is no database, and it is long enough to be read as one. '.repeat(100));
  const journal = openJournal(path, systemClock, systemRandom, (text) => alarms.push(text));
  assert.match(alarms.join(), /was damaged and is set aside as .*journal\.db\.damaged-/);
  assert.deepEqual(journal.entries(), []);
  journal.close();
  assert.ok(names().some((name) => name.startsWith('journal.db.damaged-')));
});
