/**
 * The end of a scan, in the transaction that stores its outcome: the records become the nodes of a snapshot, and those are
 * laid over the network's managed nodes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger, Random } from '../../core/contract/ports.js';
import { assembleNodes, type NodeDocument } from '../../core/inventory/index.js';
import { uuidv7 } from '../../core/wire/ids.js';
import type { ScanRecord } from '../../core/wire/scan.js';
import type { Outcome } from '../session/order.js';
import { columnsOf, putDocuments } from '../storage/node-rows.js';
import { readRecords } from '../storage/records.js';
import type { OperationTable, Queries, ScanTable } from '../storage/schema.js';
import { NodeKeys } from './keys.js';
import { mergeWithEarlier } from './merge.js';

/** Nodes written between two turns of the event loop, so that heartbeats are answered meanwhile. */
const nodesAtOnce = 100;
/** More findings than anybody reads; a hostile network cannot fill the table with them. */
const maxFindings = 1000;

export async function concludeScan(
  db: Queries,
  operation: OperationTable,
  outcome: Outcome,
  now: number,
  random: Random,
  log: Logger,
): Promise<void> {
  const scan = await db.selectFrom('scans').selectAll().where('op_id', '=', operation.op_id).executeTakeFirst();
  if (scan === undefined) return;
  const complete = outcome.status === 'ok';
  // A scan that saw nothing because it could not run says nothing about the network.
  if (!complete && operation.records === 0) return;
  const records: ScanRecord[] = [];
  for await (const part of readRecords(db, operation.op_id)) records.push(...part);
  let nodes: NodeDocument[] = [];
  try {
    nodes = assembleNodes(records);
  } catch (error) {
    // The records stay, so that a later program can read what this one could not.
    log.error('records of a scan could not be assembled', { scan: scan.id, error: String(error) });
    await db
      .updateTable('operations')
      .set({ status: 'failed', code: 'E_PLUGIN', note: 'its records could not be assembled' })
      .where('op_id', '=', operation.op_id)
      .execute();
    return;
  }
  const snapshotId = uuidv7(now, random.bytes(10));
  await db
    .insertInto('snapshots')
    .values({
      id: snapshotId,
      network_id: scan.network_id,
      scan_id: scan.id,
      taken_at: now,
      complete: complete ? 1 : 0,
      nodes: nodes.length,
      findings: JSON.stringify(findingsOf(records)),
    })
    .execute();
  await db.updateTable('scans').set({ snapshot_id: snapshotId }).where('id', '=', scan.id).execute();
  const keys = new NodeKeys(db, scan.network_id);
  for (let i = 0; i < nodes.length; i += nodesAtOnce) {
    await writeNodes(db, nodes.slice(i, i + nodesAtOnce), scan, snapshotId, keys, now, random);
    await nextTurn();
  }
  if (complete) {
    await db
      .updateTable('managed_nodes')
      .set({ status: 'lost' })
      .where('network_id', '=', scan.network_id)
      .where('last_seen', '<', now)
      .execute();
    await dropOlderRecords(db, scan);
  }
}

async function writeNodes(
  db: Queries,
  nodes: readonly NodeDocument[],
  scan: ScanTable,
  snapshotId: string,
  keys: NodeKeys,
  now: number,
  random: Random,
): Promise<void> {
  const newId = () => uuidv7(now, random.bytes(10));
  const known = await keys.find(nodes);
  const written = nodes.map((node, i) => {
    const earlier = known[i];
    return {
      node,
      snapshotNodeId: newId(),
      id: earlier?.id ?? newId(),
      status: earlier === undefined ? ('new' as const) : ('existing' as const),
      merged: earlier === undefined ? node : mergeWithEarlier(earlier.document, node),
    };
  });
  await db
    .insertInto('managed_nodes')
    .values(
      written.map(({ id, status, merged }) => ({
        id,
        network_id: scan.network_id,
        status,
        first_seen: now,
        last_seen: now,
        ...columnsOf(merged),
      })),
    )
    .onConflict((c) =>
      c.column('id').doUpdateSet((e) => ({
        status: e.ref('excluded.status'),
        last_seen: e.ref('excluded.last_seen'),
        display_name: e.ref('excluded.display_name'),
        sort_name: e.ref('excluded.sort_name'),
        sort_address: e.ref('excluded.sort_address'),
        family: e.ref('excluded.family'),
        vendor: e.ref('excluded.vendor'),
        packages_count: e.ref('excluded.packages_count'),
        updates_count: e.ref('excluded.updates_count'),
        updated_at: e.ref('excluded.updated_at'),
        succeeded_at: e.ref('excluded.succeeded_at'),
        search: e.ref('excluded.search'),
      })),
    )
    .execute();
  await db
    .insertInto('snapshot_nodes')
    .values(
      written.map(({ node, id, snapshotNodeId }) => ({
        id: snapshotNodeId,
        snapshot_id: snapshotId,
        managed_node_id: id,
        ...columnsOf(node),
      })),
    )
    .execute();
  await putDocuments(db, [
    ...written.map(({ id, merged }) => ({ id, node: merged })),
    ...written.map(({ node, snapshotNodeId }) => ({ id: snapshotNodeId, node })),
  ]);
  await keys.claim(written);
}

function findingsOf(records: readonly ScanRecord[]): string[] {
  const texts: string[] = [];
  for (const record of records) {
    if (record.type === 'finding') texts.push(record.node ? `${record.node}: ${record.text}` : record.text);
    else if (record.type === 'summary') texts.push(...record.notes);
    if (texts.length >= maxFindings) break;
  }
  return texts.slice(0, maxFindings);
}

/** The raw records of the last good scan stay for whoever wants them; those of the scans before are in their snapshots. */
async function dropOlderRecords(db: Queries, scan: ScanTable): Promise<void> {
  await db
    .deleteFrom('records')
    .where('op_id', 'in', (query) =>
      query
        .selectFrom('scans')
        .innerJoin('operations', 'operations.op_id', 'scans.op_id')
        .select('scans.op_id')
        .where('scans.network_id', '=', scan.network_id)
        .where('scans.id', '!=', scan.id)
        .where('scans.snapshot_id', 'is not', null)
        .where('operations.state', '=', 'done'),
    )
    .execute();
}
