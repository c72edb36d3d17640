/** Who this space is. */
import type { Random } from '../../core/contract/ports.js';
import type { Database } from './schema.js';

/** The id of this space, made when its database is. It outlives moves of the directory, but not a new database. */
export async function spaceIdOf(db: Database, random: Random): Promise<string> {
  const id = random.bytes(16).toString('hex');
  await db
    .insertInto('meta')
    .values({ name: 'spaceId', value: id })
    .onConflict((c) => c.column('name').doNothing())
    .execute();
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'spaceId').executeTakeFirstOrThrow();
  return row.value;
}
