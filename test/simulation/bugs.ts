/**
 * Mistakes that somebody could make in the session, each put into one of the two ends. The simulation must find every one of them;
 * one that it does not find is a hole in the simulation, not a harmless mistake.
 */
import type { Entry, Journal } from '../../core/journal/index.js';
import { emptyDigest, type Frame, uuidv7 } from '../../core/wire/index.js';
import type { Change } from '../../space/session/order.js';
import type { SessionStore } from '../../space/session/store.js';
import { seededRandom } from '../kit/index.js';
import type { AgentMutation } from './agent.js';
import type { SpaceMutation } from './space.js';
import type { Mutation } from './world.js';

export interface Bug extends Mutation {
  readonly name: string;
}

const agent = (name: string, mutation: AgentMutation): Bug => ({ name, agent: mutation });
const space = (name: string, mutation: SpaceMutation): Bug => ({ name, space: mutation });

const unsynced = (...methods: string[]): AgentMutation => ({
  journalOptions: { syncs: (method) => !methods.includes(method) },
});

/** A journal with some methods of its own. */
const journal = (change: (real: Journal) => Partial<Journal>): AgentMutation => ({
  journal: (real) => {
    const own = change(real);
    return new Proxy(real, {
      get(target, name: keyof Journal) {
        const value = own[name] ?? target[name];
        return typeof value === 'function' ? value.bind(own[name] === undefined ? target : own) : value;
      },
    });
  },
});

const store = (change: (real: SessionStore) => Partial<SessionStore>): SpaceMutation => ({
  store: (real) => ({ ...real, ...change(real) }),
});

/** Every change that is to be committed, replaced by what stands in for it. */
const changes = (replace: (change: Change) => readonly Change[]): SpaceMutation =>
  store((real) => ({
    commit: (batches, now) =>
      real.commit(
        batches.map((batch) => ({ ...batch, changes: batch.changes.flatMap(replace) })),
        now,
      ),
  }));

const when =
  <T extends Frame['type']>(type: T, change: (frame: Extract<Frame, { type: T }>) => Frame) =>
  (frame: Frame): Frame =>
    frame.type === type ? change(frame as Extract<Frame, { type: T }>) : frame;

export const bugs: readonly Bug[] = [
  agent('accept is said before the order is on disk', unsynced('accept')),
  agent('work begins before the run is on disk', unsynced('start')),
  agent('a record is sent before it is on disk', unsynced('append')),
  agent('done is said before the outcome is on disk', unsynced('done')),
  agent(
    'the outcome is only in memory after its state is removed',
    journal((real) => ({
      done(opId, outcome) {
        real.done(opId, outcome);
        real.settle(opId);
      },
    })),
  ),
  agent(
    'the acknowledgement of the last record is taken for settle',
    journal((real) => ({
      acknowledged(opId, rec) {
        real.acknowledged(opId, rec);
        const entry = real.entry(opId);
        if (entry?.state === 'done' && entry.sentRec === rec) real.settle(opId);
      },
    })),
  ),
  agent(
    'records are forgotten when they are sent, not when they are acknowledged',
    journal((real) => ({
      records(opId, after, limit) {
        const records = real.records(opId, after, limit);
        for (const { rec } of records) real.acknowledged(opId, rec);
        return records;
      },
    })),
  ),
  agent(
    'a new run says that it keeps nothing',
    journal((real) => {
      const forgetful = <T extends Entry | undefined>(entry: T): T =>
        entry && { ...entry, keeps: entry.keeps.map(({ run }) => ({ run, keep: 0 })) };
      return {
        entry: (opId) => forgetful(real.entry(opId)),
        entries: () => real.entries().map(forgetful),
      };
    }),
  ),
  {
    faults: ['partition', 'agent killed', 'agent killed at a step'],
    ...agent(
      'a new run tells what it keeps, and nothing of runs that the space never heard of',
      journal((real) => {
        const forgetful = <T extends Entry | undefined>(entry: T): T =>
          entry && { ...entry, keeps: entry.keeps.slice(-1) };
        return {
          entry: (opId) => forgetful(real.entry(opId)),
          entries: () => real.entries().map(forgetful),
        };
      }),
    ),
  },
  agent(
    'a new run keeps its records and begins at the first unit all the same',
    journal(() => ({
      checkpointState: () => undefined,
    })),
  ),
  agent(
    'a new run begins its digest anew though it keeps records',
    journal((real) => ({
      done: (opId, outcome) =>
        real.done(
          opId,
          (real.entry(opId)?.keeps.at(-1)?.keep ?? 0) > 0 ? { ...outcome, digest: emptyDigest } : outcome,
        ),
    })),
  ),
  agent(
    'runs are not counted over a crash',
    journal((real) => ({ start: (opId, run) => real.start(opId, Math.min(run, 1)) })),
  ),
  agent(
    'one run more than the order permits',
    journal((real) => ({
      entries: () => real.entries().map((e) => ({ ...e, order: { ...e.order, maxRuns: e.order.maxRuns + 1 } })),
    })),
  ),
  agent('what was sent before a drop is taken for received', {
    hears: (frame, own) =>
      when('welcome', (welcome) => ({
        ...welcome,
        have: welcome.have.map(({ opId, run, rec }) => ({ opId, run, rec: own.entry(opId)?.sentRec ?? rec })),
      }))(frame),
  }),
  agent('an order that was settled is run again', {
    orders: (real, own) => {
      const offer: typeof real.offer = (order) => {
        const answer = real.offer(order);
        return answer === 'forgotten' ? real.offer({ ...order, opSeq: own.identity().maxSeen + 1 }) : answer;
      };
      return new Proxy(real, {
        get: (target, name) => {
          if (name === 'offer') return offer;
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  }),
  agent('credit does not count what is open', {
    orders: (real, own) =>
      new Proxy(real, {
        get: (target, name) => {
          if (name === 'limit') return own.identity().maxSeen + 100;
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  }),
  agent('more operations run at once than the setting says', { maxRunning: 50 }),
  agent('the operator’s policy is not asked', { obeysNoPolicy: true }),
  space('acknowledged and settled before the disk has it', {
    store: (real, clock) => ({
      ...real,
      commit: async (batches, now) => {
        clock.after(200, () => void real.commit(batches, now).catch(() => undefined));
        return batches.map(() => 'durable');
      },
    }),
  }),
  space('an order that is sent again gets a new id', {
    store: (real, clock) => ({
      ...real,
      claim: async (...args) => {
        const claimed = await real.claim(...args);
        const random = seededRandom(clock.monotonic());
        const renewed = (opId: string, state: string) =>
          state === 'issued' ? uuidv7(clock.now(), random.bytes(10)) : opId;
        return { ...claimed, open: claimed.open.map((o) => ({ ...o, opId: renewed(o.opId, o.state) })) };
      },
    }),
  }),
  space(
    'the records that a new run keeps are dropped',
    changes((change) => [change.type === 'start' ? { ...change, keep: 0 } : change]),
  ),
  space(
    'a record is lost on its way to the disk',
    changes((change) => (change.type === 'record' && change.rec === 3 ? [] : [change])),
  ),
  space('numbers go on from its own, not from the agent’s', {
    hears: when('hello', (hello) => ({ ...hello, maxSeen: 0 })),
  }),
  space('runs that nobody saw are not counted after a reinstallation', {
    store: (real) => ({
      ...real,
      claim: async (...args) => {
        const claimed = await real.claim(...args);
        return {
          ...claimed,
          open: claimed.open.map((o) => (o.sentTo === null ? o : { ...o, sentTo: args[1].instance, run: 0 })),
        };
      },
    }),
  }),
];
