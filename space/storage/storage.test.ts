/** What the storage promises: records once, outcomes once, old connections refused, tokens only as hashes. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { emptyDigest } from '../../core/wire/digest.js';
import type { FrameOf } from '../../core/wire/frames.js';
import { uuidv7 } from '../../core/wire/ids.js';
import { testRandom } from '../../test/kit/index.js';
import type { Change, Outcome } from '../session/order.js';
import { digestOf, hello } from '../testing/wire.js';
import { commitBatches } from './commit.js';
import { addNetwork, addSlot } from './networks.js';
import { addOperation, openOrders, requestCancel } from './operations.js';
import { claimSlot } from './slots.js';
import { openStorage, type Storage } from './sqlite.js';
import { checkToken, issueToken } from './tokens.js';

const terms = (now: number) => ({ spaceId: 'space', now, leaseMs: 90_000, inherited: new Set<string>() });

describe('storage', () => {
  let directory: string;
  let storage: Storage;
  let slotId: string;
  let opId: string;
  let epoch: number;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ksocket-storage-'));
    storage = await openStorage(directory);
  });
  after(async () => {
    await storage.close();
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    slotId = await addSlot(storage.db, { name: testRandom.bytes(6).toString('hex') }, 1000, testRandom);
    opId = uuidv7(1000, testRandom.bytes(10));
    await addOperation(
      storage.db,
      {
        opId,
        slotId,
        kind: 'networks.scan',
        kindVersion: 1,
        input: {},
        class: 'safe',
        startWithin: 60,
        timeLimit: 60,
        maxRuns: 2,
      },
      1000,
    );
    epoch = (await claimSlot(storage.db, slotId, hello(), terms(2000))).epoch;
  });

  const commit = async (...changes: Change[]) =>
    (await commitBatches(storage.db, [{ slotId, epoch, changes }], 3000, async () => undefined))[0];
  const begin = () =>
    commit(
      { type: 'issue', opId, opSeq: 1, instance: 'a', runsUsed: 0 },
      { type: 'accept', opId },
      { type: 'start', opId, run: 1, keep: 0 },
    );
  const record = (rec: number, body: unknown, run = 1): Change => ({ type: 'record', opId, run, rec, body });
  const row = () => storage.db.selectFrom('operations').selectAll().where('op_id', '=', opId).executeTakeFirstOrThrow();
  const bodies = async () =>
    (await storage.db.selectFrom('records').select('body').where('op_id', '=', opId).orderBy('rec').execute()).map(
      (r) => JSON.parse(r.body),
    );
  const outcome = (about: Partial<Outcome> = {}): Change => ({
    type: 'outcome',
    opId,
    outcome: { run: 1, status: 'ok', records: 0, digest: emptyDigest, ...about },
    origin: 'agent',
  });

  it('keeps each record once, however often it comes', async () => {
    await begin();
    assert.equal(await commit(record(1, 'a'), record(2, 'b')), 'durable');
    await commit(record(1, 'a'), record(2, 'b'), record(3, { c: [1, null] }));
    assert.deepEqual(await bodies(), ['a', 'b', { c: [1, null] }]);
    assert.equal((await row()).digest, digestOf(['a', 'b', { c: [1, null] }]));
  });

  it('goes back to the checkpoint of a later run, digest and all', async () => {
    await begin();
    await commit(...[1, 2, 3, 4, 5].map((rec) => record(rec, rec)));
    await commit({ type: 'start', opId, run: 2, keep: 3 }, record(4, 'new', 2));
    assert.deepEqual(await bodies(), [1, 2, 3, 'new']);
    assert.equal((await row()).digest, digestOf([1, 2, 3, 'new']));
    await commit({ type: 'start', opId, run: 2, keep: 0 });
    assert.equal((await bodies()).length, 4);
  });

  it('stores one outcome, and nothing after it', async () => {
    await begin();
    await commit(record(1, 'a'), outcome({ records: 1, digest: digestOf(['a']) }));
    await commit(outcome({ status: 'failed', records: 1, digest: digestOf(['a']) }), record(2, 'b'));
    assert.equal((await row()).status, 'ok');
    assert.deepEqual(await bodies(), ['a']);
    assert.deepEqual(await openOrders(storage.db, slotId), []);
  });

  it('tells that an order ended while its number was on its way, so that it is not sent', async () => {
    assert.ok(await requestCancel(storage.db, opId, 'no', 2500));
    const issue: Change = { type: 'issue', opId, opSeq: 1, instance: 'a', runsUsed: 0 };
    assert.equal(await commit(issue), 'durable');
    assert.equal(issue.endedMeanwhile, true);
    assert.deepEqual([(await row()).state, (await row()).status], ['done', 'cancelled']);
  });

  it('counts what a restored database believes unsent as run, but not what came since or what the agent has', async () => {
    const pair = { spaceId: 'space', slotId };
    const { instance, boot } = hello();
    const back = (about: Partial<FrameOf<'hello'>>, inherited: ReadonlySet<string>) =>
      claimSlot(storage.db, slotId, hello({ pair, instance, boot, lastEpoch: epoch + 5, ...about }), {
        ...terms(200_000),
        inherited,
      });
    await back({}, new Set());
    assert.equal((await row()).state, 'waiting');
    const has = { opId, opSeq: 1, state: 'started' as const, run: 1, sentRec: 0, keeps: [], acked: 0 };
    await back({ lastEpoch: epoch + 20, ops: [has] }, new Set([opId]));
    assert.equal((await row()).state, 'waiting');
    const { epoch: next } = await back({ lastEpoch: epoch + 40 }, new Set([opId]));
    assert.deepEqual([(await row()).state, (await row()).run, next], ['issued', 2, epoch + 41]);
  });

  it('makes a failure of records that are not those of the agent', async () => {
    await begin();
    await commit(record(1, 'a'), outcome({ records: 1, digest: digestOf(['b']) }));
    const { status, code } = await row();
    assert.deepEqual([status, code], ['failed', 'E_PROTOCOL']);
  });

  it('refuses whole what an older connection still sends', async () => {
    await begin();
    const old = epoch;
    epoch = (await claimSlot(storage.db, slotId, hello(), terms(1_000_000))).epoch;
    assert.ok(epoch > old);
    epoch = old;
    assert.equal(await commit(record(1, 'late')), 'fenced');
    assert.deepEqual(await bodies(), []);
  });

  it('gives the results of many slots in their order', async () => {
    const other = await addSlot(storage.db, { name: 'other' }, 1000, testRandom);
    const results = await commitBatches(
      storage.db,
      [
        { slotId: other, epoch: 99, changes: [{ type: 'seen' }] },
        { slotId, epoch, changes: [{ type: 'seen' }] },
      ],
      3000,
      async () => undefined,
    );
    assert.deepEqual(results, ['fenced', 'durable']);
  });

  it('takes nothing of a batch when a part of it fails', async () => {
    await begin();
    const failing = commitBatches(
      storage.db,
      [{ slotId, epoch, changes: [record(1, 'a'), outcome({ records: 1, digest: digestOf(['a']) })] }],
      3000,
      async () => {
        throw new Error('disk full');
      },
    );
    await assert.rejects(failing, /disk full/);
    assert.deepEqual(await bodies(), []);
    assert.equal((await row()).state, 'started');
  });

  it('issues two tokens a slot at most, and forgets an expired one for a new one', async () => {
    const first = await issueToken(storage.db, slotId, 5000, 1000, testRandom);
    assert.match(first.token, /^ks1_[A-Za-z0-9_-]{43}$/);
    await issueToken(storage.db, slotId, null, 1000, testRandom);
    await assert.rejects(issueToken(storage.db, slotId, null, 1000, testRandom), /at most 2 tokens/);
    assert.deepEqual(await checkToken(storage.db, first.token, 5000), { ok: false, reason: 'token expired' });
    await issueToken(storage.db, slotId, null, 5000, testRandom);
    assert.deepEqual(await checkToken(storage.db, first.token, 5000), { ok: false, reason: 'token unknown' });
    await assert.rejects(issueToken(storage.db, slotId, 4999, 5000, testRandom), /past/);
  });

  it('has no token in any of its files, and lets nobody else read them', async () => {
    const { token } = await issueToken(storage.db, slotId, null, 1000, testRandom);
    assert.equal((await checkToken(storage.db, token, 1000)).ok, true);
    for (const name of await readdir(directory)) {
      const content = await readFile(join(directory, name));
      assert.equal(content.includes(token.slice(4)), false, name);
      assert.equal((await stat(join(directory, name))).mode & 0o077, 0, name);
    }
  });

  it('refuses names that are taken and slots that are not there', async () => {
    await addNetwork(storage.db, { name: 'lab', slotId }, 1000, testRandom);
    await assert.rejects(addNetwork(storage.db, { name: 'lab', slotId }, 1000, testRandom), /"lab" is taken/);
    await assert.rejects(addNetwork(storage.db, { name: 'x', slotId: 'none' }, 1000, testRandom), /no slot none/);
  });

  it('opens an existing database as it is, and refuses one from the future', async () => {
    const again = await openStorage(directory);
    assert.ok((await again.db.selectFrom('slots').selectAll().execute()).length > 0);
    await again.db
      .updateTable('schema_version' as never)
      .set({ version: 99 } as never)
      .execute();
    await again.close();
    await assert.rejects(openStorage(directory), /version 99/);
    await storage.db
      .updateTable('schema_version' as never)
      .set({ version: 1 } as never)
      .execute();
  });
});
