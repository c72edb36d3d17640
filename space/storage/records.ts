/** Reading an operation's records back, a page at a time, so that no reader holds the database for long. */
import { type ScanRecord, scanRecord } from '../../core/wire/scan.js';
import type { Queries } from './schema.js';

const rowsAtOnce = 500;

/** The bodies as JSON text, in order. */
export async function* readBodies(db: Queries, opId: string): AsyncGenerator<string[]> {
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('records')
      .select(['rec', 'body'])
      .where('op_id', '=', opId)
      .where('rec', '>', after)
      .orderBy('rec')
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) return;
    yield rows.map((row) => row.body);
    after = rows.at(-1)!.rec;
  }
}

/** The records of a scan. One that is none is left out: it is kept in the table and counted, but nothing can be read from it. */
export async function* readRecords(db: Queries, opId: string): AsyncGenerator<ScanRecord[]> {
  for await (const bodies of readBodies(db, opId)) {
    yield bodies.flatMap((body) => {
      const parsed = scanRecord.safeParse(JSON.parse(body));
      return parsed.success ? [parsed.data] : [];
    });
  }
}
