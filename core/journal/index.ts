/** The durable journal: a port, and SQLite behind it. */
export type { Entry, Identity, Journal, JournalRecord, Outcome } from './journal.js';
export { openJournal } from './sqlite.js';
