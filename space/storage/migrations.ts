/** The numbered steps from an empty database to today's tables. A step that was released is never changed; a new one follows. */
import type { Kysely } from 'kysely';
import { failure } from '../../core/contract/failure.js';
import { sql } from './kysely.js';

// biome-ignore lint/suspicious/noExplicitAny: a migration speaks of tables as they were then, not as they are typed now
type Step = (db: Kysely<any>) => Promise<void>;

const steps: readonly Step[] = [firstFloor, orderOfConnections, updates];

/** Applies what is missing, all in one transaction. @throws Failure E_STORAGE when the database is newer than this program. */
// biome-ignore lint/suspicious/noExplicitAny: see Step
export async function migrate(db: Kysely<any>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.schema
      .createTable('schema_version')
      .ifNotExists()
      .addColumn('version', 'integer', (c) => c.notNull())
      .execute();
    const row = await transaction.selectFrom('schema_version').select('version').executeTakeFirst();
    const version = Number(row?.version ?? 0);
    if (version > steps.length)
      throw failure('E_STORAGE', `open a database of version ${version} with a program that knows ${steps.length}`);
    for (const step of steps.slice(version)) await step(transaction);
    if (row === undefined) await transaction.insertInto('schema_version').values({ version: steps.length }).execute();
    else if (version < steps.length)
      await transaction.updateTable('schema_version').set({ version: steps.length }).execute();
  });
}

// biome-ignore lint/suspicious/noExplicitAny: see Step
async function firstFloor(db: Kysely<any>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('meta')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('slots')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('epoch', 'bigint', (c) => c.notNull())
    .addColumn('instance', 'text')
    .addColumn('boot', 'text')
    .addColumn('past_boots', 'text', (c) => c.notNull())
    .addColumn('last_frame_at', 'bigint')
    .addColumn('connected_at', 'bigint')
    .addColumn('disconnected_at', 'bigint')
    .addColumn('agent_name', 'text')
    .addColumn('agent_version', 'text')
    .addColumn('agent_os', 'text')
    .addColumn('agent_mode', 'text')
    .addColumn('options', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('slot_id', 'text', (c) => c.notNull().references('slots.id').onDelete('cascade'))
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await schema
    .createTable('networks')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('slot_id', 'text', (c) => c.references('slots.id'))
    .addColumn('options', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('operations')
    .addColumn('op_id', 'text', (c) => c.primaryKey())
    .addColumn('slot_id', 'text', (c) => c.notNull().references('slots.id'))
    .addColumn('op_seq', 'bigint')
    .addColumn('sent_to', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('kind_version', 'integer', (c) => c.notNull())
    .addColumn('input', 'text', (c) => c.notNull())
    .addColumn('class', 'text', (c) => c.notNull())
    .addColumn('start_within', 'integer', (c) => c.notNull())
    .addColumn('time_limit', 'integer', (c) => c.notNull())
    .addColumn('max_runs', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('run', 'integer', (c) => c.notNull())
    .addColumn('keep', 'bigint', (c) => c.notNull())
    .addColumn('records', 'bigint', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('status', 'text')
    .addColumn('code', 'text')
    .addColumn('note', 'text')
    .addColumn('cancel_reason', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('accepted_at', 'bigint')
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .execute();
  await schema.createIndex('operations_state').on('operations').columns(['state', 'slot_id']).execute();
  await schema
    .createTable('records')
    .addColumn('op_id', 'text', (c) => c.notNull().references('operations.op_id'))
    .addColumn('rec', 'bigint', (c) => c.notNull())
    .addColumn('run', 'integer', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('records_key', ['op_id', 'rec'])
    .execute();
  await schema
    .createTable('scans')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('network_id', 'text', (c) => c.notNull().references('networks.id'))
    .addColumn('slot_id', 'text', (c) => c.notNull().references('slots.id'))
    .addColumn('op_id', 'text', (c) => c.notNull().unique().references('operations.op_id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('progress_done', 'bigint', (c) => c.notNull())
    .addColumn('progress_total', 'bigint', (c) => c.notNull())
    .addColumn('progress_note', 'text', (c) => c.notNull())
    .addColumn('snapshot_id', 'text')
    .execute();
  await schema.createIndex('scans_network').on('scans').columns(['network_id', 'created_at']).execute();
  await schema
    .createTable('snapshots')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('network_id', 'text', (c) => c.notNull().references('networks.id'))
    .addColumn('scan_id', 'text', (c) => c.notNull().unique().references('scans.id'))
    .addColumn('taken_at', 'bigint', (c) => c.notNull())
    .addColumn('complete', 'integer', (c) => c.notNull())
    .addColumn('nodes', 'integer', (c) => c.notNull())
    .addColumn('findings', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('snapshots_network').on('snapshots').columns(['network_id', 'taken_at']).execute();
  for (const table of ['snapshot_nodes', 'managed_nodes']) await nodeTable(db, table);
  await schema
    .createTable('documents')
    .addColumn('node_id', 'text', (c) => c.primaryKey())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('packages', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('node_keys')
    .addColumn('network_id', 'text', (c) => c.notNull().references('networks.id'))
    .addColumn('node_key', 'text', (c) => c.notNull())
    .addColumn('managed_node_id', 'text', (c) => c.notNull().references('managed_nodes.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('node_keys_key', ['network_id', 'node_key'])
    .execute();
  await schema.createIndex('node_keys_node').on('node_keys').column('managed_node_id').execute();
  await schema
    .createTable('events')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
}

/** Which of a process's connections came last, however long each was under way. */
// biome-ignore lint/suspicious/noExplicitAny: see Step
async function orderOfConnections(db: Kysely<any>): Promise<void> {
  await db.schema
    .alterTable('slots')
    .addColumn('attempt', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
}

/** Versions of the agent that are offered to slots. */
// biome-ignore lint/suspicious/noExplicitAny: see Step
async function updates({ schema }: Kysely<any>): Promise<void> {
  await schema
    .createTable('bundles')
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('expires', 'text', (c) => c.notNull())
    .addColumn('added_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('bundles_key', ['version', 'platform'])
    .execute();
  await schema
    .createTable('offers')
    .addColumn('slot_id', 'text', (c) => c.primaryKey().references('slots.id').onDelete('cascade'))
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('op_id', 'text', (c) => c.notNull().references('operations.op_id'))
    .addColumn('halted', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
}

// biome-ignore lint/suspicious/noExplicitAny: see Step
async function nodeTable(db: Kysely<any>, name: string): Promise<void> {
  const managed = name === 'managed_nodes';
  const owner = managed ? 'network_id' : 'snapshot_id';
  let table = db.schema
    .createTable(name)
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn(owner, 'text', (c) => c.notNull().references(managed ? 'networks.id' : 'snapshots.id'));
  table = managed
    ? table
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('first_seen', 'bigint', (c) => c.notNull())
        .addColumn('last_seen', 'bigint', (c) => c.notNull())
    : table.addColumn('managed_node_id', 'text', (c) => c.notNull());
  for (const column of ['display_name', 'sort_name', 'sort_address', 'family', 'vendor', 'updated_at', 'succeeded_at'])
    table = table.addColumn(column, 'text', (c) => c.notNull());
  for (const column of ['packages_count', 'updates_count'])
    table = table.addColumn(column, 'integer', (c) => c.notNull().defaultTo(sql`0`));
  await table.addColumn('search', 'text', (c) => c.notNull()).execute();
  await db.schema.createIndex(`${name}_address`).on(name).columns([owner, 'sort_address', 'id']).execute();
  await db.schema.createIndex(`${name}_name`).on(name).columns([owner, 'sort_name', 'id']).execute();
}
