/** What happened, in one line each, for the people who look after the space. */
import type { Random } from '../../core/contract/ports.js';
import { uuidv7 } from '../../core/wire/ids.js';
import type { EventTable, Queries } from './schema.js';

export type EventKind =
  | 'slot-added'
  | 'slot-changed'
  | 'slot-connected'
  | 'slot-disconnected'
  | 'slot-refused'
  | 'token-issued'
  | 'token-revoked'
  | 'network-added'
  | 'network-changed'
  | 'scan-ordered'
  | 'scan-cancelled'
  | 'scan-ended'
  | 'update-offered'
  | 'update-halted'
  | 'update-ended';

/** Events older than this many others are forgotten when the space starts. */
const maxEvents = 10_000;

export async function addEvent(
  db: Queries,
  event: { readonly kind: EventKind; readonly subject: string; readonly detail?: string },
  now: number,
  random: Random,
): Promise<void> {
  const { kind, subject, detail = '' } = event;
  await db
    .insertInto('events')
    .values({ id: uuidv7(now, random.bytes(10)), at: now, kind, subject, detail: detail.slice(0, 1024) })
    .execute();
}

export function latestEvents(db: Queries, limit: number): Promise<EventTable[]> {
  return db.selectFrom('events').selectAll().orderBy('id', 'desc').limit(limit).execute();
}

export async function forgetOldEvents(db: Queries): Promise<void> {
  const row = await db
    .selectFrom('events')
    .select('id')
    .orderBy('id', 'desc')
    .offset(maxEvents)
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) await db.deleteFrom('events').where('id', '<=', row.id).execute();
}
