/** The session by itself: events in, effects out, in the order that the protocol promises. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyDigest } from '../../core/wire/digest.js';
import type { Frame, FrameOf, FrameType } from '../../core/wire/frames.js';
import { hello, randomHex } from '../testing/wire.js';
import type { Claimed, Effect, SessionEvent } from './events.js';
import type { Change, Order } from './order.js';
import { Session } from './session.js';

const id = (n: number): string => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const instance = randomHex();

function order(n: number, about: Partial<Order> = {}): Order {
  return {
    opId: id(n),
    opSeq: null,
    sentTo: null,
    kind: 'networks.scan',
    kindVersion: 1,
    input: {},
    class: 'safe',
    startWithin: 3600,
    timeLimit: 86_400,
    maxRuns: 2,
    createdAt: 0,
    state: 'waiting',
    run: 0,
    keep: 0,
    records: 0,
    cancelReason: null,
    ...about,
  };
}

type Body = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at' | 'now'> : never) : never;

class Bench {
  readonly session = new Session(
    { spaceId: 'space', slotId: 'slot', heartbeat: { interval: 60, timeout: 30 }, requestTimeout: 60 },
    0,
  );
  time = 0;
  readonly pending: Change[] = [];

  on(event: Body): Effect[] {
    const effects = this.session.on({ ...event, at: this.time, now: this.time } as SessionEvent);
    for (const effect of effects) if (effect.type === 'commit') this.pending.push(effect.change);
    return effects;
  }

  frame(frame: Frame): Effect[] {
    return this.on({ type: 'frame', frame });
  }

  /** Greets and is claimed; returns the welcome. */
  greet(about: Partial<FrameOf<'hello'>>, open: Order[], more: Partial<Claimed> = {}): FrameOf<'welcome'> {
    this.frame(hello({ instance, ...about }));
    const effects = this.on({
      type: 'claimed',
      verdict: { type: 'serve', epoch: 7, pastBoots: [] },
      epoch: 7,
      open,
      concluded: [],
      ...more,
    });
    return sent(effects, 'welcome')[0]!;
  }

  ready(): Effect[] {
    return this.frame({ type: 'ready', epoch: 7 });
  }

  commit(): Effect[] {
    return this.on({ type: 'committed', changes: this.pending.splice(0) });
  }

  /** An operation accepted and started, with all of it durable. */
  running(n: number): void {
    this.greet({}, [order(n)]);
    this.ready();
    this.commit();
    this.frame({ type: 'accept', opId: id(n), limit: 100 });
    this.frame({ type: 'start', opId: id(n), run: 1, keep: 0 });
    this.commit();
  }
}

const sent = <T extends FrameType>(effects: Effect[], type: T): FrameOf<T>[] =>
  effects.flatMap((e) => (e.type === 'send' && e.frame.type === type ? [e.frame as unknown as FrameOf<T>] : []));
const changes = (effects: Effect[]): string[] => effects.flatMap((e) => (e.type === 'commit' ? [e.change.type] : []));
const closed = (effects: Effect[]): number | undefined =>
  effects.flatMap((e) => (e.type === 'close' ? [e.code] : []))[0];

describe('session', () => {
  it('gives an operation its number on disk before it sends it', () => {
    const bench = new Bench();
    bench.greet({ maxSeen: 41, limit: 141 }, [order(1)]);
    const effects = bench.ready();
    assert.deepEqual(changes(effects), ['issue']);
    assert.equal(sent(effects, 'op').length, 0);
    const [op] = sent(bench.commit(), 'op');
    assert.equal(op?.opSeq, 42);
    assert.equal(op?.firstRun, 1);
  });

  it('acknowledges records and settles outcomes only when they are durable', () => {
    const bench = new Bench();
    bench.running(1);
    for (const rec of [1, 2, 3])
      assert.equal(sent(bench.frame({ type: 'record', opId: id(1), run: 1, rec, body: rec }), 'ack').length, 0);
    assert.deepEqual(sent(bench.commit(), 'ack'), [{ type: 'ack', opId: id(1), run: 1, rec: 3 }]);
    const done = { type: 'done', opId: id(1), run: 1, status: 'ok', records: 3, digest: emptyDigest } as const;
    assert.deepEqual(changes(bench.frame(done)), ['outcome']);
    assert.deepEqual(sent(bench.commit(), 'settle'), [{ type: 'settle', opId: id(1), digest: emptyDigest }]);
    // Said again because the settle was lost: settled again, stored once.
    const again = bench.frame(done);
    assert.deepEqual(changes(again), []);
    assert.equal(sent(again, 'settle').length, 1);
  });

  it('never sends more operations than the agent has credit for', () => {
    const bench = new Bench();
    bench.greet({ limit: 2 }, [order(1), order(2), order(3)]);
    bench.ready();
    assert.deepEqual(
      sent(bench.commit(), 'op').map((op) => op.opSeq),
      [1, 2],
    );
    assert.deepEqual(changes(bench.frame({ type: 'credit', limit: 3 })), ['issue']);
    assert.deepEqual(
      sent(bench.commit(), 'op').map((op) => op.opSeq),
      [3],
    );
  });

  it('says in welcome what it has, what is settled, and what is to be cancelled', () => {
    const bench = new Bench();
    const ops = [1, 2, 3, 4, 5].map((n) => ({
      opId: id(n),
      opSeq: n,
      state: n === 5 ? ('done' as const) : ('started' as const),
      run: 1,
      sentRec: 10,
      keeps: [],
      acked: 0,
    }));
    const known = { opSeq: 1, sentTo: instance, state: 'started', run: 1 } as const;
    const welcome = bench.greet(
      { maxSeen: 5, ops },
      [order(1, { ...known, records: 4 }), order(3, { ...known, cancelReason: 'no longer wanted' })],
      { concluded: [id(2)] },
    );
    assert.deepEqual(welcome.open, [id(1), id(3)]);
    assert.deepEqual(welcome.have, [
      { opId: id(1), run: 1, rec: 4 },
      { opId: id(3), run: 1, rec: 0 },
    ]);
    // 2 has its outcome; 5 is unknown here and done there, 4 unknown and running.
    assert.deepEqual(welcome.settle, [id(2), id(5)]);
    assert.deepEqual(welcome.cancel, [id(3), id(4)]);
  });

  it('sends again under its number what was lost on the way', () => {
    const bench = new Bench();
    bench.greet({ maxSeen: 8 }, [order(2), order(1, { opSeq: 9, sentTo: instance, state: 'issued' })]);
    bench.ready();
    assert.deepEqual(
      sent(bench.commit(), 'op').map((op) => [op.opId, op.opSeq, op.firstRun]),
      [
        [id(1), 9, 1],
        [id(2), 10, 1],
      ],
    );
  });

  it('ends what a lost installation may have run unheard, and gives a new one numbers from its own start', () => {
    const bench = new Bench();
    const other = randomHex();
    bench.greet({ maxSeen: 0, limit: 100 }, [
      order(1, { opSeq: 5001, sentTo: other, state: 'started', run: 1, records: 12, maxRuns: 3 }),
      order(2, { opSeq: 5002, sentTo: other, state: 'issued', class: 'once', maxRuns: 1 }),
      order(3),
    ]);
    const effects = bench.ready();
    assert.deepEqual(changes(effects), ['outcome', 'outcome', 'issue']);
    const after = bench.commit();
    assert.deepEqual(
      sent(after, 'op').map((op) => [op.opId, op.opSeq, op.firstRun]),
      [[id(3), 1, 1]],
    );
    assert.equal(sent(after, 'settle').length, 0);
  });

  it('acknowledges the run whose records are on disk, not one that has only begun to arrive', () => {
    const bench = new Bench();
    bench.greet(
      { maxSeen: 1, ops: [{ opId: id(1), opSeq: 1, state: 'started', run: 1, sentRec: 1, keeps: [], acked: 0 }] },
      [order(1, { opSeq: 1, sentTo: instance, state: 'started', run: 1, records: 0 })],
    );
    bench.ready();
    bench.commit();
    bench.frame({ type: 'record', opId: id(1), run: 1, rec: 1, body: 'of run 1' });
    const first = bench.pending.splice(0);
    bench.frame({ type: 'start', opId: id(1), run: 2, keep: 0 });
    const acks = sent(bench.on({ type: 'committed', changes: first }), 'ack');
    assert.deepEqual(
      acks.map(({ run, rec }) => [run, rec]),
      [[1, 1]],
    );
  });

  it('does not send what ended while its number was on its way to the disk, and gives the number again', () => {
    const bench = new Bench();
    bench.greet({ limit: 1 }, [order(1)]);
    bench.ready();
    const [issue] = bench.pending.splice(0);
    assert.ok(issue?.type === 'issue');
    issue.endedMeanwhile = true;
    assert.deepEqual(sent(bench.on({ type: 'committed', changes: [issue] }), 'op'), []);
    bench.on({ type: 'orders', orders: [order(2)] });
    assert.deepEqual(
      sent(bench.commit(), 'op').map(({ opId, opSeq }) => [opId, opSeq]),
      [[id(2), 1]],
    );
  });

  it('asks about what the agent must have settled, and takes E_FORGOTTEN for an answer', () => {
    const bench = new Bench();
    bench.greet({ maxSeen: 9 }, [order(1, { opSeq: 4, sentTo: instance, state: 'started', run: 1, records: 3 })]);
    const [op] = sent(bench.ready(), 'op');
    assert.equal(op?.opSeq, 4);
    const effects = bench.frame({
      type: 'done',
      opId: id(1),
      run: 0,
      status: 'failed',
      code: 'E_FORGOTTEN',
      records: 0,
      digest: emptyDigest,
    });
    assert.deepEqual(changes(effects), ['outcome']);
    assert.equal(sent(bench.commit(), 'settle').length, 1);
  });

  it('starts a run once, keeps what its checkpoint covers, and ignores what a later run dropped', () => {
    const bench = new Bench();
    bench.running(1);
    for (const rec of [1, 2, 3, 4]) bench.frame({ type: 'record', opId: id(1), run: 1, rec, body: rec });
    bench.commit();
    assert.deepEqual(changes(bench.frame({ type: 'start', opId: id(1), run: 1, keep: 0 })), []);
    assert.deepEqual(changes(bench.frame({ type: 'start', opId: id(1), run: 2, keep: 2 })), ['start']);
    assert.deepEqual(changes(bench.frame({ type: 'record', opId: id(1), run: 1, rec: 3, body: 3 })), []);
    assert.deepEqual(changes(bench.frame({ type: 'record', opId: id(1), run: 2, rec: 3, body: 'new' })), ['record']);
    assert.deepEqual(sent(bench.commit(), 'ack'), [{ type: 'ack', opId: id(1), run: 2, rec: 3 }]);
  });

  it('answers a repeated record with what is durable, and closes on a gap', () => {
    const bench = new Bench();
    bench.running(1);
    bench.frame({ type: 'record', opId: id(1), run: 1, rec: 1, body: 1 });
    bench.commit();
    const again = bench.frame({ type: 'record', opId: id(1), run: 1, rec: 1, body: 1 });
    assert.deepEqual(changes(again), []);
    assert.deepEqual(sent(again, 'ack'), [{ type: 'ack', opId: id(1), run: 1, rec: 1 }]);
    assert.equal(closed(bench.frame({ type: 'record', opId: id(1), run: 1, rec: 3, body: 3 })), 4400);
  });

  it('closes on an outcome that counts records which did not come', () => {
    const bench = new Bench();
    bench.running(1);
    const done = { type: 'done', opId: id(1), run: 1, status: 'ok', records: 5, digest: emptyDigest } as const;
    const effects = bench.frame(done);
    assert.equal(closed(effects), 4400);
    assert.deepEqual(changes(effects), []);
  });

  it('cancels what was not sent by itself, and what was sent by asking', () => {
    const bench = new Bench();
    bench.greet({ limit: 1 }, [order(1), order(2)]);
    bench.ready();
    bench.commit();
    assert.deepEqual(changes(bench.on({ type: 'cancel', opId: id(2), reason: 'enough' })), ['outcome']);
    const asked = bench.on({ type: 'cancel', opId: id(1), reason: 'enough' });
    assert.deepEqual(sent(asked, 'cancel'), [{ type: 'cancel', opId: id(1), reason: 'enough' }]);
    assert.equal(sent(bench.on({ type: 'cancel', opId: id(1), reason: 'enough' }), 'cancel').length, 0);
  });

  it('ends by itself what is too old to begin', () => {
    const bench = new Bench();
    bench.greet({ limit: 0 }, [order(1)]);
    bench.ready();
    bench.time = 3_600_001;
    bench.frame({ type: 'heartbeat', n: 1 });
    const outcome = bench.pending.find((c) => c.type === 'outcome');
    assert.equal(outcome?.type === 'outcome' && outcome.outcome.status, 'expired');
  });

  it('answers heartbeats, and closes after interval and time-out of silence', () => {
    const bench = new Bench();
    bench.greet({}, []);
    bench.ready();
    assert.deepEqual(sent(bench.frame({ type: 'heartbeat', n: 3 }), 'heartbeat-ack'), [
      { type: 'heartbeat-ack', n: 3 },
    ]);
    bench.time = 90_000;
    assert.equal(closed(bench.on({ type: 'tick' })), undefined);
    bench.time = 90_001;
    assert.equal(closed(bench.on({ type: 'tick' })), 4408);
  });

  it('closes when an operation gets no answer', () => {
    const bench = new Bench();
    bench.greet({}, [order(1)]);
    bench.ready();
    bench.commit();
    bench.time = 59_000;
    bench.frame({ type: 'heartbeat', n: 1 });
    bench.time = 60_001;
    assert.equal(closed(bench.on({ type: 'tick' })), 4408);
  });

  it('greets a check without a promise, and lets it go', () => {
    const bench = new Bench();
    bench.frame(hello({ purpose: 'check' }));
    const effects = bench.on({ type: 'claimed', verdict: { type: 'check' }, epoch: 3, open: [], concluded: [] });
    assert.equal(sent(effects, 'welcome')[0]?.epoch, 3);
    assert.equal(closed(bench.frame({ type: 'ready', epoch: 3 })), 1000);
  });

  it('closes on frames out of their place', () => {
    const early = new Bench();
    assert.equal(closed(early.frame({ type: 'ready', epoch: 7 })), 4400);
    const wrong = new Bench();
    wrong.greet({}, []);
    assert.equal(closed(wrong.frame({ type: 'ready', epoch: 6 })), 4400);
    const theirs = new Bench();
    theirs.greet({}, []);
    theirs.ready();
    assert.equal(closed(theirs.frame({ type: 'settle', opId: id(1), digest: emptyDigest })), 4400);
  });

  it('ends what it cannot complete: records that it acknowledged and lost with an older backup', () => {
    const told = (n: number, run: number, keep: number, acked: number) => ({
      ...{ opId: id(n), opSeq: n, state: 'started' as const, sentRec: 60 },
      ...{ run, keeps: [{ run, keep }], acked },
    });
    const known = { opSeq: 1, sentTo: instance, state: 'started', run: 1, records: 30 } as const;
    const bench = new Bench();
    bench.greet({ maxSeen: 4, ops: [told(1, 1, 0, 30), told(2, 1, 0, 31), told(3, 2, 10, 10), told(4, 2, 10, 20)] }, [
      order(1, known),
      order(2, known),
      order(3, known),
      order(4, known),
    ]);
    bench.ready();
    assert.deepEqual(
      bench.pending.flatMap((c) => (c.type === 'outcome' ? [[c.opId, c.outcome.status, c.outcome.code]] : [])),
      [
        [id(2), 'failed', 'E_STORAGE'],
        [id(4), 'failed', 'E_STORAGE'],
      ],
    );
    assert.deepEqual(
      bench.frame({ type: 'done', opId: id(2), run: 1, status: 'ok', records: 60, digest: emptyDigest }),
      [],
    );
    assert.deepEqual(
      sent(bench.commit(), 'settle').map((frame) => frame.opId),
      [id(2), id(4)],
    );
  });

  it('starts at nothing with an agent that comes from another slot', () => {
    const bench = new Bench();
    const ops = [{ opId: id(9), opSeq: 70, state: 'started' as const, run: 1, sentRec: 0, keeps: [], acked: 0 }];
    const pair = { spaceId: 'elsewhere', slotId: 'slot' };
    const welcome = bench.greet({ pair, maxSeen: 70, limit: 169, ops }, [order(1)]);
    assert.deepEqual(welcome.cancel, []);
    bench.ready();
    assert.equal(sent(bench.commit(), 'op')[0]?.opSeq, 1);
  });
});
