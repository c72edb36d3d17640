/** The durable journal: a port, and SQLite behind it; and the lock that SQLite can give. */
export { withFileLock } from './file-lock.js';
export type { Entry, Identity, Journal, JournalRecord, OrderHead, Outcome } from './journal.js';
export { openJournal } from './sqlite.js';
export { type JournalSummary, summarizeJournal } from './summary.js';
