/** The space: the real hub, links, sessions and queries over a database in memory, which outlives the process. */
import Sqlite from 'better-sqlite3';
import type { WebSocket } from 'ws';
import type { Clock, Logger, Random } from '../../core/contract/index.js';
import { type Frame, uuidv7 } from '../../core/wire/index.js';
import { Feed } from '../../space/feed.js';
import { Hub } from '../../space/hub.js';
import { LiveScans } from '../../space/scan/live.js';
import type { SessionStore } from '../../space/session/store.js';
import type { Conclude } from '../../space/storage/commit.js';
import { addOperation, expireWaiting, inheritedOrders, requestCancel } from '../../space/storage/operations.js';
import type { Database } from '../../space/storage/schema.js';
import { sessionStore } from '../../space/storage/session-store.js';
import { markAllDisconnected } from '../../space/storage/slots.js';
import { databaseOn } from '../../space/storage/sqlite.js';
import { connectSettings } from './agent.js';
import { Mortal } from './mortal.js';
import type { SpaceSocket } from './wire.js';

export const slotId = 'slot';
const housekeepingMs = 30_000;
const slowestCommitMs = 5000;

/** Where a mutation takes hold; none of it is there in the real space. */
export interface SpaceMutation {
  store?(store: SessionStore, clock: Clock, raw: Sqlite.Database): SessionStore;
  /** What it takes a frame of the agent for. */
  hears?(frame: Frame): Frame;
  /** What it says instead. */
  says?(frame: Frame): Frame;
}

export interface SpacePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly conclude: Conclude;
  died(space: SimulatedSpace): void;
}

export interface NewOrder {
  readonly kind: string;
  readonly input: unknown;
  readonly class: 'safe' | 'once';
  readonly startWithin: number;
  readonly timeLimit: number;
  readonly maxRuns: number;
}

/** The database file, with one slot. */
export async function newDatabase(): Promise<Sqlite.Database> {
  const raw = new Sqlite(':memory:');
  raw.pragma('foreign_keys = ON');
  const db = await databaseOn({ prepare: (sql) => raw.prepare(sql), close: () => undefined });
  await db
    .insertInto('slots')
    .values({
      ...{
        id: slotId,
        name: slotId,
        enabled: 1,
        seq: 0,
        epoch: 0,
        attempt: 0,
        past_boots: '[]',
        options: '{}',
        created_at: 0,
      },
    })
    .execute();
  return raw;
}

export class SimulatedSpace {
  readonly process: Mortal;
  readonly #clock: Clock;
  #db: Database | undefined;
  #hub: Hub | undefined;
  #slowUntil = 0;

  private constructor(
    private readonly raw: Sqlite.Database,
    private readonly ports: SpacePorts,
  ) {
    this.process = new Mortal(() => {
      if (raw.inTransaction) raw.exec('rollback');
      ports.died(this);
    });
    this.#clock = this.process.clock(ports.clock);
  }

  static async start(raw: Sqlite.Database, ports: SpacePorts, mutation: SpaceMutation): Promise<SimulatedSpace> {
    const space = new SimulatedSpace(raw, ports);
    const db = await databaseOn({ prepare: (sql) => space.#mortal(sql), close: () => undefined });
    await markAllDisconnected(db, ports.clock.now());
    const store = sessionStore(db, ports.conclude);
    const { random, log } = ports;
    space.#db = db;
    space.#hub = new Hub(
      db,
      { clock: space.#clock, random, log, feed: new Feed(space.#clock), live: new LiveScans(space.#clock) },
      {
        spaceId: 'space',
        heartbeat: { interval: connectSettings.heartbeatInterval, timeout: connectSettings.heartbeatTimeout },
        requestTimeout: connectSettings.requestTimeout,
        inherited: await inheritedOrders(db),
      },
      space.#onSlowDisk(mutation.store?.(store, space.#clock, raw) ?? store),
    );
    space.#keep();
    return space;
  }

  /** For so long, a commit waits for the disk. */
  slowDisk(seconds: number): void {
    this.#slowUntil = this.#clock.monotonic() + seconds * 1000;
  }

  #onSlowDisk(store: SessionStore): SessionStore {
    return {
      ...store,
      commit: async (batches, now) => {
        if (this.#clock.monotonic() < this.#slowUntil)
          await this.#clock.sleep(this.ports.random.next() * slowestCommitMs);
        return store.commit(batches, now);
      },
    };
  }

  accept(socket: SpaceSocket): void {
    this.#hub!.accept(socket as unknown as WebSocket, { slotId, tokenId: 'token' }, 'simulated');
  }

  get connected(): boolean {
    return this.#hub!.isConnected(slotId);
  }

  newId(): string {
    return uuidv7(this.#clock.now(), this.ports.random.bytes(10));
  }

  /** Resolves when it is durable, or the space died of it. */
  async order(opId: string, order: NewOrder): Promise<void> {
    const { kind, input, class: kindOfRun, startWithin, timeLimit, maxRuns } = order;
    const operation = { opId, slotId, kind, kindVersion: 1, input, class: kindOfRun, startWithin, timeLimit, maxRuns };
    await this.#attempt((db) => addOperation(db, operation, this.#clock.now()));
  }

  async cancel(opId: string, reason: string): Promise<void> {
    await this.#attempt((db) => requestCancel(db, opId, reason, this.#clock.now()));
  }

  async close(): Promise<void> {
    await this.#hub!.close();
    this.process.kill();
  }

  async #attempt(work: (db: Database) => Promise<unknown>): Promise<void> {
    try {
      await work(this.#db!);
      await this.#hub!.wake();
    } catch (error) {
      if (this.process.alive) throw error;
    }
  }

  #keep(): void {
    this.#clock.after(housekeepingMs, () => {
      this.#keep();
      void this.#attempt(async (db) => {
        await expireWaiting(db, this.#clock.now());
        await this.#hub!.endAbandoned();
      });
    });
  }

  /** A statement that dies with the process: nothing of a dead one reaches the database. */
  #mortal(sql: string): Sqlite.Statement {
    const real = prepared(this.raw, sql);
    const { process } = this;
    return {
      reader: real.reader,
      all: (values: unknown[]) => process.step(() => real.all(values)),
      run: (values: unknown[]) => process.step(() => real.run(values)),
      iterate: (values: unknown[]) => process.step(() => real.iterate(values)),
    } as unknown as Sqlite.Statement;
  }
}

const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>();

/** Prepared once for each database, since thousands of worlds ask the same few things. */
export function prepared(raw: Sqlite.Database, sql: string): Sqlite.Statement {
  const known = statements.get(raw) ?? new Map<string, Sqlite.Statement>();
  statements.set(raw, known);
  const statement = known.get(sql) ?? raw.prepare(sql);
  known.set(sql, statement);
  return statement;
}
