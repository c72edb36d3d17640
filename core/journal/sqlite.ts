/** The journal in SQLite: WAL, synchronous=FULL, so that a commit survives a power cut; locked, so that one process owns it. */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { type Clock, Failure, failure, type Random } from '../contract/index.js';
import { chainDigest, emptyDigest, type FrameOf, type OpState, type Pair } from '../wire/index.js';
import { openDatabase } from './database.js';
import type { Entry, Identity, Journal, JournalRecord, OrderHead, Outcome } from './journal.js';

/** Inputs and states of checkpoints have tables of their own: they may be megabytes, and the rows of `ops` are read at every step. */
const schema = `
create table identity (one integer primary key check (one = 1), instance text not null, space text, slot text, epoch integer not null,
  max_seen integer not null, proven text) strict;
create table ops (op_id text primary key, op_seq integer not null unique, head text not null, state text not null, run integer not null,
  rec integer not null, digest text not null, keeps text not null, acked integer not null, checkpoint text, accepted_at real not null,
  outcome text) strict;
create table checkpoints (op_id text primary key references ops(op_id) on delete cascade, state text not null) strict;
create table inputs (op_id text primary key references ops(op_id) on delete cascade, input text not null) strict;
create table records (op_id text not null references ops(op_id) on delete cascade, rec integer not null, body text not null, primary key (op_id, rec)) strict, without rowid;
create table archive (space text not null, slot text not null, archived_at real not null, ops text not null) strict;
pragma user_version = 3;`;

/** A journal of this version stands in `user_version`; an older one is of a program that was never released. */
const schemaVersion = 3;

interface Row {
  head: string;
  state: OpState;
  run: number;
  rec: number;
  digest: string;
  keeps: string;
  acked: number;
  checkpoint: string | null;
  accepted_at: number;
  outcome: string | null;
}

/** @param alarm hears what an operator must know: a damaged journal was set aside. @throws Failure E_STORAGE */
export function openJournal(
  path: string,
  clock: Clock,
  random: Random,
  alarm: (text: string) => void = () => {},
): Journal {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  try {
    return new SqliteJournal(connect(path, clock, alarm), clock, random);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = (error as { code?: string }).code ?? '';
    if (code.startsWith('SQLITE_BUSY')) {
      throw failure('E_STORAGE', `${path} is in use`, {
        cause: error,
        remedy: 'another ksocket connect runs with this KSOCKET_HOME; stop it first',
      });
    }
    throw storage(path, error);
  }
}

/** A damaged file is set aside, not repaired: half a journal would promise what it does not hold. */
function connect(path: string, clock: Clock, alarm: (text: string) => void): Database.Database {
  try {
    return prepare(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (!isDamage(code)) throw error;
    const aside = `${path}.damaged-${clock.now()}`;
    for (const suffix of ['', '-wal', '-shm']) {
      try {
        renameSync(path + suffix, aside + suffix);
      } catch {
        // The write-ahead log is there only when something was in flight.
      }
    }
    alarm(
      `the operation journal was damaged and is set aside as ${aside}; what it had not delivered is lost, a new one begins`,
    );
    return prepare(path);
  }
}

function prepare(path: string): Database.Database {
  const db = openDatabase(path, { timeout: 0 });
  try {
    // Exclusive mode takes the lock with the first write and keeps it until close; it also needs no shared memory file.
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.exec('begin immediate; commit');
    if (db.pragma('quick_check', { simple: true }) !== 'ok')
      throw Object.assign(new Error('quick_check'), { code: 'SQLITE_CORRUPT' });
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version === 0) db.transaction(() => db.exec(schema))();
    else if (version > schemaVersion)
      throw failure('E_STORAGE', `${path} is of a newer ksocket`, {
        remedy: 'run that version, or move the file away',
      });
    else if (version < schemaVersion) throw Object.assign(new Error(`version ${version}`), { code: 'SQLITE_CORRUPT' });
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const isDamage = (code: string): boolean => code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';

const storage = (what: string, cause: unknown) =>
  failure('E_STORAGE', what, {
    cause,
    remedy: isDamage((cause as { code?: string }).code ?? '')
      ? 'the journal is damaged: restart ksocket, which sets it aside and begins a new one'
      : 'check free space and the health of the disk that holds var/lib/ksocket',
  });

class SqliteJournal implements Journal {
  readonly #db: Database.Database;
  readonly #clock: Clock;
  readonly #statements = new Map<string, Database.Statement>();
  damaged = false;

  constructor(db: Database.Database, clock: Clock, random: Random) {
    this.#db = db;
    this.#clock = clock;
    this.#run('insert or ignore into identity values (1, ?, null, null, 0, 0, null)', random.bytes(16).toString('hex'));
  }

  identity(): Identity {
    const row = this.#get('select * from identity') as {
      instance: string;
      space: string | null;
      slot: string | null;
      epoch: number;
      max_seen: number;
      proven: string | null;
    };
    const pair = row.space === null || row.slot === null ? null : { spaceId: row.space, slotId: row.slot };
    return { instance: row.instance, pair, lastEpoch: row.epoch, maxSeen: row.max_seen, proven: row.proven };
  }

  adopt(pair: Pair): void {
    const { pair: old } = this.identity();
    if (old?.spaceId === pair.spaceId && old.slotId === pair.slotId) return;
    this.#transaction('adopt a slot', () => {
      if (old !== null) {
        const ops = JSON.stringify(this.entries());
        this.#run('insert into archive values (?, ?, ?, ?)', old.spaceId, old.slotId, this.#clock.now(), ops);
      }
      this.#run('delete from ops');
      this.#run('update identity set space = ?, slot = ?, epoch = 0, max_seen = 0', pair.spaceId, pair.slotId);
    });
  }

  setEpoch(epoch: number): void {
    this.#transaction('store the epoch', () => this.#run('update identity set epoch = ?', epoch));
  }

  setProven(fingerprint: string): void {
    this.#transaction('store what led to a connection', () => this.#run('update identity set proven = ?', fingerprint));
  }

  accept({ input, ...head }: FrameOf<'op'>, acceptedAt: number, outcome?: Outcome): void {
    this.#transaction('accept an operation', () => {
      const { changes } = this.#run(
        `insert or ignore into ops values (?, ?, ?, ?, ?, 0, ?, '[]', 0, null, ?, ?)`,
        head.opId,
        head.opSeq,
        JSON.stringify(head),
        outcome === undefined ? 'accepted' : 'done',
        head.firstRun - 1,
        emptyDigest,
        acceptedAt,
        outcome === undefined ? null : JSON.stringify(outcome),
      );
      // The input of a refused order is of no use to anybody.
      if (changes === 1 && outcome === undefined)
        this.#run('insert into inputs values (?, ?)', head.opId, JSON.stringify(input ?? null));
      this.#run('update identity set max_seen = max(max_seen, ?)', head.opSeq);
    });
  }

  count(): number {
    return (this.#get('select count(*) as n from ops') as { n: number }).n;
  }

  entries(): Entry[] {
    return (this.#all('select * from ops order by op_seq') as Row[]).map(toEntry);
  }

  entry(opId: string): Entry | undefined {
    const row = this.#get('select * from ops where op_id = ?', opId) as Row | undefined;
    return row && toEntry(row);
  }

  input(opId: string): unknown {
    const row = this.#get('select input from inputs where op_id = ?', opId) as { input: string } | undefined;
    if (row === undefined) throw failure('E_FORGOTTEN', `input of operation ${opId}`);
    return JSON.parse(row.input);
  }

  start(opId: string, run: number): Entry {
    this.#transaction('start a run', () => {
      const { checkpoint, outcome, keeps } = this.#known(opId);
      if (outcome !== undefined) throw failure('E_FORGOTTEN', `run of operation ${opId}, which has its outcome`);
      const keep = checkpoint?.rec ?? 0;
      this.#run('delete from records where op_id = ? and rec > ?', opId, keep);
      this.#run(
        `update ops set state = 'started', run = ?, rec = ?, keeps = ?, acked = min(acked, ?), digest = ? where op_id = ?`,
        run,
        keep,
        JSON.stringify([...keeps, { run, keep }]),
        keep,
        checkpoint?.digest ?? emptyDigest,
        opId,
      );
    });
    return this.#known(opId);
  }

  append(opId: string, bodies: readonly string[]): Entry {
    this.#transaction('store a record', () => {
      let { sentRec, digest } = this.#known(opId);
      for (const body of bodies) {
        sentRec += 1;
        digest = chainDigest(digest, body);
        this.#run('insert into records values (?, ?, ?)', opId, sentRec, body);
      }
      this.#run('update ops set rec = ?, digest = ? where op_id = ?', sentRec, digest, opId);
    });
    return this.#known(opId);
  }

  checkpoint(opId: string, state: unknown): void {
    this.#transaction('store a checkpoint', () => {
      const { sentRec: rec, digest } = this.#known(opId);
      this.#run('update ops set checkpoint = ? where op_id = ?', JSON.stringify({ rec, digest }), opId);
      this.#run('insert or replace into checkpoints values (?, ?)', opId, JSON.stringify(state ?? null));
    });
  }

  checkpointState(opId: string): unknown {
    const row = this.#get('select state from checkpoints where op_id = ?', opId) as { state: string } | undefined;
    return row === undefined ? undefined : JSON.parse(row.state);
  }

  done(opId: string, outcome: Outcome): void {
    this.#transaction('store an outcome', () => {
      this.#run(
        `update ops set state = 'done', outcome = ? where op_id = ? and outcome is null`,
        JSON.stringify(outcome),
        opId,
      );
      this.#run('delete from inputs where op_id = ?', opId);
      this.#run('delete from checkpoints where op_id = ?', opId);
    });
  }

  acknowledged(opId: string, rec: number): void {
    this.#relaxed('forget acknowledged records', () => {
      this.#run('delete from records where op_id = ? and rec <= ?', opId, rec);
      this.#run('update ops set acked = max(acked, min(rec, ?)) where op_id = ?', rec, opId);
    });
  }

  records(opId: string, after: number, limit: number): JournalRecord[] {
    return this.#all(
      'select rec, body as json from records where op_id = ? and rec > ? order by rec limit ?',
      opId,
      after,
      limit,
    ) as JournalRecord[];
  }

  settle(opId: string): void {
    this.#relaxed('settle an operation', () => this.#run('delete from ops where op_id = ?', opId));
  }

  close(): void {
    this.#db.close();
  }

  #known(opId: string): Entry {
    const entry = this.entry(opId);
    if (entry === undefined) throw failure('E_FORGOTTEN', `operation ${opId}`);
    return entry;
  }

  #transaction(what: string, work: () => void): void {
    this.#stored(what, () => (this.#db.inTransaction ? work() : this.#db.transaction(work).immediate()));
  }

  /**
   * A transaction without an fsync of its own; the next one that has one carries it along. In WAL mode the order of commits
   * survives a power cut all the same (SQLite, PRAGMA synchronous).
   */
  #relaxed(what: string, work: () => void): void {
    this.#stored(what, () => {
      if (this.#db.inTransaction) return work();
      this.#db.pragma('synchronous = NORMAL');
      try {
        this.#db.transaction(work).immediate();
      } finally {
        this.#db.pragma('synchronous = FULL');
      }
    });
  }

  /** Errors of SQLite as the failure that the port promises. */
  #stored<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (!code.startsWith('SQLITE_')) throw error;
      this.damaged ||= isDamage(code);
      throw storage(`${what}: the operation journal`, error);
    }
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: unknown[]): Database.RunResult {
    return this.#stored('write', () => this.#statement(sql).run(...values));
  }

  #get(sql: string, ...values: unknown[]): unknown {
    return this.#stored('read', () => this.#statement(sql).get(...values));
  }

  #all(sql: string, ...values: unknown[]): unknown[] {
    return this.#stored('read', () => this.#statement(sql).all(...values));
  }
}

function toEntry(row: Row): Entry {
  return {
    order: JSON.parse(row.head) as OrderHead,
    state: row.state,
    run: row.run,
    sentRec: row.rec,
    digest: row.digest,
    keeps: JSON.parse(row.keeps) as Entry['keeps'],
    acked: row.acked,
    checkpoint: row.checkpoint === null ? undefined : (JSON.parse(row.checkpoint) as Entry['checkpoint']),
    acceptedAt: row.accepted_at,
    outcome: row.outcome === null ? undefined : (JSON.parse(row.outcome) as Outcome),
  };
}
