/** Lists of nodes: search, filters, sort and paging in the database, documents only for the page that is shown. */
import type { Expression, SqlBool } from 'kysely';
import { sql } from './kysely.js';
import type { StoredNode, StoredPackage } from './node-rows.js';
import type { ManagedNodeTable, Queries, SnapshotNodeTable } from './schema.js';

/** What a list may be sorted by, and the column behind each name. */
export const nodeSorts = {
  displayName: 'sort_name',
  address: 'sort_address',
  updatedAt: 'updated_at',
  lastScanSucceededAt: 'succeeded_at',
  family: 'family',
  numberOfPackages: 'packages_count',
} as const;
export const managedNodeSorts = {
  ...nodeSorts,
  status: 'status',
  firstSeen: 'first_seen',
  lastSeen: 'last_seen',
} as const;

export interface NodeFilter {
  readonly search?: string | undefined;
  readonly status?: string | undefined;
  /** Exact family; `-` stands for nodes of which none is known. */
  readonly family?: string | undefined;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
  /** A name of the table of sorts; with `-` in front, descending. */
  readonly sort: string;
}

export type ManagedNode = Omit<ManagedNodeTable, 'search'> & { readonly document: StoredNode };
export type SnapshotNode = Omit<SnapshotNodeTable, 'search'> & { readonly document: StoredNode };

const escapeLike = (text: string): string => text.toLowerCase().replace(/[\\%_]/g, '\\$&');

const columns = [
  'id',
  'display_name',
  'sort_name',
  'sort_address',
  'family',
  'vendor',
  'packages_count',
  'updates_count',
  'updated_at',
  'succeeded_at',
] as const;

export async function listManagedNodes(
  db: Queries,
  networkId: string,
  filter: NodeFilter,
  page: Page,
): Promise<{ items: ManagedNode[]; total: number }> {
  let query = db.selectFrom('managed_nodes').where('network_id', '=', networkId);
  if (filter.status) query = query.where('status', '=', filter.status as ManagedNodeTable['status']);
  if (filter.family) query = query.where('family', '=', filter.family === '-' ? '' : filter.family);
  for (const word of wordsOf(filter.search)) query = query.where((e) => like(e.ref('search'), word));
  const { total } = await query.select((e) => e.fn.countAll().as('total')).executeTakeFirstOrThrow();
  const [column, direction] = sortOf(page.sort, managedNodeSorts);
  const rows = await query
    .select([...columns, 'network_id', 'status', 'first_seen', 'last_seen'])
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return { items: await withDocuments(db, rows), total: Number(total) };
}

export async function listSnapshotNodes(
  db: Queries,
  snapshotId: string,
  filter: Omit<NodeFilter, 'status'>,
  page: Page,
): Promise<{ items: SnapshotNode[]; total: number }> {
  let query = db.selectFrom('snapshot_nodes').where('snapshot_id', '=', snapshotId);
  if (filter.family) query = query.where('family', '=', filter.family === '-' ? '' : filter.family);
  for (const word of wordsOf(filter.search)) query = query.where((e) => like(e.ref('search'), word));
  const { total } = await query.select((e) => e.fn.countAll().as('total')).executeTakeFirstOrThrow();
  const [column, direction] = sortOf(page.sort, nodeSorts);
  const rows = await query
    .select([...columns, 'snapshot_id', 'managed_node_id'])
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return { items: await withDocuments(db, rows), total: Number(total) };
}

export async function findManagedNode(db: Queries, networkId: string, id: string): Promise<ManagedNode | undefined> {
  const rows = await db
    .selectFrom('managed_nodes')
    .select([...columns, 'network_id', 'status', 'first_seen', 'last_seen'])
    .where('network_id', '=', networkId)
    .where('id', '=', id)
    .execute();
  return (await withDocuments(db, rows))[0];
}

export async function findSnapshotNode(db: Queries, snapshotId: string, id: string): Promise<SnapshotNode | undefined> {
  const rows = await db
    .selectFrom('snapshot_nodes')
    .select([...columns, 'snapshot_id', 'managed_node_id'])
    .where('snapshot_id', '=', snapshotId)
    .where('id', '=', id)
    .execute();
  return (await withDocuments(db, rows))[0];
}

export async function packagesOf(db: Queries, nodeId: string): Promise<StoredPackage[]> {
  const row = await db.selectFrom('documents').select('packages').where('node_id', '=', nodeId).executeTakeFirst();
  return row === undefined ? [] : JSON.parse(row.packages);
}

/** How many managed nodes there are by status and by family, for the filters of the page. */
export async function countManagedNodes(db: Queries, networkId: string) {
  const rows = await db
    .selectFrom('managed_nodes')
    .select((e) => ['status', 'family', e.fn.countAll().as('count')])
    .where('network_id', '=', networkId)
    .groupBy(['status', 'family'])
    .execute();
  const status: Record<string, number> = { new: 0, existing: 0, lost: 0 };
  const family = new Map<string, number>();
  for (const row of rows) {
    status[row.status] = (status[row.status] ?? 0) + Number(row.count);
    family.set(row.family, (family.get(row.family) ?? 0) + Number(row.count));
  }
  return { status, family: [...family].sort((a, b) => b[1] - a[1]) };
}

async function withDocuments<R extends { id: string }>(
  db: Queries,
  rows: readonly R[],
): Promise<(R & { document: StoredNode })[]> {
  const byId = new Map<string, StoredNode>();
  for (let i = 0; i < rows.length; i += 1000) {
    const part = await db
      .selectFrom('documents')
      .select(['node_id', 'document'])
      .where(
        'node_id',
        'in',
        rows.slice(i, i + 1000).map((row) => row.id),
      )
      .execute();
    for (const { node_id, document } of part) byId.set(node_id, JSON.parse(document));
  }
  return rows.flatMap((row) => {
    const document = byId.get(row.id);
    return document === undefined ? [] : [{ ...row, document }];
  });
}

/** Every word must be found. More than a few words find nothing that fewer would not. */
function wordsOf(search: string | undefined): string[] {
  return (search ?? '').split(/\s+/).filter(Boolean).slice(0, 8);
}

function sortOf<S extends Record<string, string>>(sort: string, sorts: S): [S[keyof S], 'asc' | 'desc'] {
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  return [sorts[name as keyof S] ?? sorts['address' as keyof S]!, descending ? 'desc' : 'asc'];
}

/** LIKE with its escape character said aloud: SQLite has none by default, PostgreSQL a backslash. */
function like(column: Expression<string>, word: string) {
  return sql<SqlBool>`${column} like ${`%${escapeLike(word)}%`} escape '\\'`;
}
