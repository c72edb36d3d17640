/** SQLite, loaded when the first file is opened: most commands have no journal and take no lock, and need no native library. */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { failure } from '../contract/index.js';

/** @throws Failure E_STORAGE without the library, else what it throws */
export function openDatabase(path: string, options: Database.Options = {}): Database.Database {
  return new (library())(path, options);
}

/** By require, which can be asked for it while somebody waits. */
function library(): typeof Database {
  try {
    return createRequire(import.meta.url)('better-sqlite3') as typeof Database;
  } catch (cause) {
    throw failure('E_STORAGE', 'load better-sqlite3', {
      cause,
      remedy: 'ksocket diagnostics system says what is wrong with it',
    });
  }
}
