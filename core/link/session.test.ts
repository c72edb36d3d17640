/** A session without a socket: real journal and dispatcher; the test is the space. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { seededRandom, settled, testLogger, VirtualClock } from '../../test/kit/index.js';
import type { Operation } from '../contract/index.js';
import { openJournal } from '../journal/index.js';
import { Dispatcher, Registry } from '../operations/index.js';
import { counting, hanging, order } from '../operations/testing/orders.js';
import { decodeFrame, encodeFrame, type Frame, type FrameOf } from '../wire/index.js';
import { Session } from './session.js';

/** An agent without a socket: real journal, dispatcher and session; the test is the space. */
function agent(t: { after(run: () => unknown): void }, operations: Operation[]) {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-link-'));
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const journal = openJournal(join(folder, 'journal.db'), clock, random);
  const registry = new Registry();
  for (const it of operations) registry.add(it, 'test');
  const log = testLogger();
  const dispatcher = new Dispatcher({
    journal,
    registry,
    clock,
    log,
    maxOperations: 3,
    maxRunning: 2,
    permits: () => true,
  });
  let session: Session | undefined;
  dispatcher.begin({
    changed: (opId) => session?.changed(opId),
    progress: (p) => session?.progress(p),
    storageFailed: (f) => assert.fail(f),
  });
  t.after(async () => {
    session?.closed();
    await dispatcher.drain();
    journal.close();
    rmSync(folder, { recursive: true });
  });
  const connect = () => {
    session?.closed();
    const sent: Frame[] = [];
    let closed: number | undefined;
    let reason = '';
    const link = new Session({
      channel: {
        send: (text) => void sent.push(decodeFrame(text)),
        buffered: 0,
        close: (code, why) => {
          closed = code;
          reason = why;
        },
      },
      journal,
      orders: dispatcher,
      clock,
      random,
      log,
      settings: { heartbeatInterval: 60, heartbeatTimeout: 30, requestTimeout: 60, requestRetries: 2 },
      hello: {
        purpose: 'serve',
        boot: 'b'.repeat(32),
        attempt: 1,
        name: 'n',
        agentVersion: '0',
        os: 'x',
        mode: 'intranet',
        features: [],
      },
      ready: () => {},
      failing: () => {},
      bye: () => {},
    });
    session = link;
    link.opened();
    return {
      sent,
      closed: () => closed,
      reason: () => reason,
      sayText: (text: string) => link.received(text),
      say: (frame: Frame) => link.received(encodeFrame(frame)),
      welcome: (more: Partial<FrameOf<'welcome'>> = {}) =>
        link.received(
          encodeFrame({
            type: 'welcome',
            version: 1,
            pair: { spaceId: 's', slotId: '1' },
            epoch: 1,
            heartbeat: { interval: 60, timeout: 30 },
            now: 0,
            open: [],
            settle: [],
            cancel: [],
            have: [],
            ...more,
          }),
        ),
      types: () => sent.map((f) => f.type),
    };
  };
  return { clock, journal, dispatcher, connect };
}

test('an order goes accept, start, records, done, and is forgotten when it is settled', async (t) => {
  const { clock, journal, connect } = agent(t, [counting()]);
  const space = connect();
  assert.equal(space.sent[0]!.type, 'hello');
  space.welcome();
  const op = order(1, 'test.count', { to: 3 });
  space.say(op);
  await clock.advance(100);
  assert.deepEqual(space.types(), ['hello', 'ready', 'accept', 'start', 'record', 'record', 'record', 'done']);
  const done = space.sent.at(-1) as FrameOf<'done'>;
  assert.deepEqual([done.status, done.records], ['ok', 3]);
  space.say({ type: 'ack', opId: op.opId, run: 1, rec: 3 });
  assert.deepEqual(journal.records(op.opId, 0, 10), []);
  space.say({ type: 'settle', opId: op.opId, digest: done.digest });
  await clock.advance(10);
  assert.deepEqual(space.sent.at(-1), { type: 'credit', limit: 4 });
  assert.deepEqual(journal.entries(), []);
});

test('after a drop only what the space does not have is sent again', async (t) => {
  const { clock, connect } = agent(t, [counting()]);
  const first = connect();
  first.welcome();
  const op = order(1, 'test.count', { to: 5 });
  first.say(op);
  await clock.advance(100);
  const second = connect();
  const hello = second.sent[0] as FrameOf<'hello'>;
  assert.deepEqual(hello.ops, [
    { opId: op.opId, opSeq: 1, state: 'done', run: 1, sentRec: 5, keeps: [{ run: 1, keep: 0 }], acked: 0 },
  ]);
  second.welcome({ epoch: 2, open: [op.opId], have: [{ opId: op.opId, run: 1, rec: 3 }] });
  assert.deepEqual(
    second.sent.slice(2).map((f) => (f.type === 'record' ? f.rec : f.type)),
    ['accept', 4, 5, 'done'],
  );
});

test('an order that was settled is never run again', async (t) => {
  const { clock, connect } = agent(t, [counting()]);
  const space = connect();
  space.welcome();
  const op = order(1, 'test.count', { to: 1 });
  space.say(op);
  await clock.advance(100);
  space.say({ type: 'settle', opId: op.opId, digest: (space.sent.at(-1) as FrameOf<'done'>).digest });
  space.say(op);
  await clock.advance(100);
  assert.deepEqual(
    { ...(space.sent.filter((f) => f.type === 'done').at(-1) as object), digest: '' },
    { type: 'done', opId: op.opId, run: 0, status: 'failed', code: 'E_FORGOTTEN', records: 0, digest: '' },
  );
});

test('unknown kinds, bad input and too many orders are journaled and answered like any other', async (t) => {
  const { clock, connect } = agent(t, [counting(), hanging]);
  const space = connect();
  space.welcome();
  space.say(order(1, 'test.nonsense', {}));
  space.say(order(2, 'test.count', { to: 'x' }));
  await clock.advance(10);
  const done = space.sent.filter((f) => f.type === 'done');
  assert.deepEqual(
    done.map((d) => [d.status, d.code]),
    [
      ['rejected', 'E_UNSUPPORTED'],
      ['rejected', 'E_INPUT'],
    ],
  );
  assert.match(done[1]!.note!, /input of test\.count: to: /);
  space.say(order(3, 'test.hang', {}));
  space.say(order(4, 'test.count', { to: 1 }));
  await clock.advance(10);
  assert.deepEqual((space.sent.filter((f) => f.type === 'done').at(-1) as FrameOf<'done'>).code, 'E_BUSY');
});

test('a cancel ends the run in cancelled, a time limit in expired', async (t) => {
  const { clock, connect } = agent(t, [hanging]);
  const space = connect();
  space.welcome();
  const [a, b] = [order(1, 'test.hang', {}), order(2, 'test.hang', {}, { timeLimit: 5 })];
  space.say(a);
  space.say(b);
  await clock.advance(100);
  space.say({ type: 'cancel', opId: a.opId, reason: 'enough' });
  await clock.advance(2000);
  await clock.advance(5000);
  const done = space.sent.filter((f) => f.type === 'done');
  assert.deepEqual(
    done.map((d) => [d.opId, d.status, d.records]),
    [
      [a.opId, 'cancelled', 1],
      [b.opId, 'expired', 1],
    ],
  );
});

test('a record without an answer is sent again, and after the last try the link is given up', async (t) => {
  const { clock, connect } = agent(t, [counting()]);
  const space = connect();
  space.welcome();
  space.say(order(1, 'test.count', { to: 1 }));
  await clock.advance(100);
  const before = space.sent.length;
  for (let i = 0; i < 5; i++) {
    await clock.advance(30_000);
    space.say({ type: 'heartbeat-ack', n: 1 });
  }
  assert.deepEqual(
    space.sent
      .slice(before)
      .filter((f) => f.type === 'record' || f.type === 'done')
      .map((f) => f.type),
    ['record', 'done', 'record', 'done'],
  );
  await clock.advance(60_000);
  assert.equal(space.closed(), 4408);
});

test('a frame whose type is long in bytes closes the link with a reason that fits', (t) => {
  const { connect } = agent(t, []);
  const space = connect();
  space.sayText(JSON.stringify({ type: 'あ'.repeat(60) }));
  assert.equal(space.closed(), 4400);
  assert.ok(Buffer.byteLength(space.reason()) <= 123);
});

test('frames that are not for an agent, and frames before welcome, close the link', async (t) => {
  const { connect } = agent(t, []);
  const space = connect();
  space.say({ type: 'heartbeat-ack', n: 1 });
  assert.equal(space.closed(), 4400);
  const other = connect();
  other.welcome();
  other.say({ type: 'ready', epoch: 1 });
  await settled();
  assert.equal(other.closed(), 4400);
});

test('a socket that takes nothing is not filled beyond the high-water mark, and no order waits behind a large result', async (t) => {
  const { clock, connect, journal } = agent(t, [counting()]);
  const space = connect();
  space.welcome();
  const large = order(1, 'test.count', { to: 4000 });
  const small = order(2, 'test.count', { to: 1 });
  space.say(large);
  space.say(small);
  await clock.advance(100);
  const doneSmall = space.sent.findIndex((f) => f.type === 'done' && f.opId === small.opId);
  const lastLarge = space.sent.findLastIndex((f) => f.type === 'record' && f.opId === large.opId);
  assert.ok(doneSmall >= 0 && doneSmall < lastLarge, `${doneSmall} before ${lastLarge}`);
  assert.equal(journal.entry(large.opId)!.sentRec, 4000);
});
