/**
 * The embedded database: better-sqlite3 below kysely. The one file that knows SQLite; another with the same exports can know
 * PostgreSQL. WAL with synchronous=FULL, so that what was committed survives loss of power.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { DatabaseConnection, Driver } from 'kysely';
import { asFailure, failure } from '../../core/contract/failure.js';
import { CompiledQuery, Kysely, SqliteDialect, SqliteDriver } from './kysely.js';
import { migrate } from './migrations.js';
import type { Database, Tables } from './schema.js';

/** How long a write waits for another process's write; theirs are short, so longer than this means something is wrong. */
const busyTimeoutMs = 10_000;
/** Statements kept prepared. The program has about a hundred; lists with filters make some more. */
const maxPrepared = 256;

export interface Storage {
  readonly db: Database;
  /** A number that changes when another process has written. */
  writtenElsewhere(): number;
  close(): Promise<void>;
}

/**
 * Opens `<directory>/space.sqlite`, readable by its owner alone, and brings its tables up to date.
 * @throws Failure E_STORAGE, E_PRIVILEGE
 */
export async function openStorage(directory: string): Promise<Storage> {
  const path = join(directory, 'space.sqlite');
  let raw: Sqlite.Database;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    raw = new Sqlite(path);
    chmodSync(path, 0o600);
    raw.pragma(`busy_timeout = ${busyTimeoutMs}`);
    raw.pragma('journal_mode = WAL');
    raw.pragma('synchronous = FULL');
    raw.pragma('foreign_keys = ON');
    // 64 MiB of page cache: the lists of a network of 50,000 nodes stay in memory.
    raw.pragma('cache_size = -65536');
  } catch (error) {
    const known = asFailure(error, `open ${path}`);
    throw known.code === 'E_PLUGIN' ? failure('E_STORAGE', `open ${path}`, { cause: error }) : known;
  }
  const db = await databaseOn(withPrepared(raw));
  return {
    db,
    writtenElsewhere: () => Number(raw.pragma('data_version', { simple: true })),
    close: () => db.destroy(),
  };
}

/** What kysely needs of better-sqlite3. */
export interface SqliteConnection {
  prepare(sql: string): Sqlite.Statement;
  close(): void;
}

/** The tables, brought up to date, on a connection that is open. @throws Failure E_STORAGE when they are of a newer program. */
export async function databaseOn(connection: SqliteConnection): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: new ImmediateDialect({ database: connection }) });
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** kysely prepares a statement for each call; keeping them saves half of the time of a small query. */
function withPrepared(raw: Sqlite.Database): SqliteConnection {
  const prepared = new Map<string, Sqlite.Statement>();
  return {
    prepare(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const statement = raw.prepare(sql);
      if (prepared.size >= maxPrepared) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
    close: () => void raw.close(),
  };
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

/**
 * Takes the write lock at BEGIN. A transaction that read first and then wants to write fails at once in WAL mode when another
 * process wrote in between, and no busy timeout helps (SQLITE_BUSY_SNAPSHOT).
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}
