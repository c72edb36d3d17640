/** Networks and slots as their users name and set them. */
import type { Random } from '../../core/contract/ports.js';
import { uuidv7 } from '../../core/wire/ids.js';
import { problem } from '../problem.js';
import { checkStart, noOptions, type ScanOptions } from '../scan/options.js';
import type { Database, NetworkTable, Queries } from './schema.js';

/** @throws Problem 409 when the name is taken, 400 when there are too many start addresses. */
export async function addSlot(
  db: Database,
  slot: { readonly name: string; readonly options?: ScanOptions },
  now: number,
  random: Random,
): Promise<string> {
  const id = uuidv7(now, random.bytes(10));
  const options = slot.options ?? noOptions;
  checkStart(options.start);
  await db.transaction().execute(async (transaction) => {
    await refuseTaken(transaction, 'slots', slot.name);
    await transaction
      .insertInto('slots')
      .values({
        id,
        name: slot.name,
        enabled: 1,
        seq: 0,
        epoch: 0,
        instance: null,
        boot: null,
        attempt: 0,
        past_boots: '[]',
        last_frame_at: null,
        connected_at: null,
        disconnected_at: null,
        agent_name: null,
        agent_version: null,
        agent_os: null,
        agent_mode: null,
        options: JSON.stringify(options),
        created_at: now,
      })
      .execute();
  });
  return id;
}

/** @throws Problem 404, 409, 400 */
export async function changeSlot(
  db: Database,
  id: string,
  change: {
    readonly name?: string | undefined;
    readonly enabled?: boolean | undefined;
    readonly options?: ScanOptions | undefined;
  },
): Promise<void> {
  const { name, enabled, options } = change;
  if (options) checkStart(options.start);
  await db.transaction().execute(async (transaction) => {
    if (name !== undefined) await refuseTaken(transaction, 'slots', name, id);
    const set = {
      ...(name === undefined ? {} : { name }),
      ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
      ...(options === undefined ? {} : { options: JSON.stringify(options) }),
    };
    if (Object.keys(set).length === 0) return;
    const result = await transaction.updateTable('slots').set(set).where('id', '=', id).executeTakeFirst();
    if (result.numUpdatedRows === 0n) throw problem(404, 'E_NOT_FOUND', `no slot ${id}`);
  });
}

/** @throws Problem 404 for an unknown slot, 409 when the name is taken, 400 when there are too many start addresses. */
export async function addNetwork(
  db: Database,
  network: { readonly name: string; readonly slotId: string | null; readonly options?: ScanOptions },
  now: number,
  random: Random,
): Promise<string> {
  const id = uuidv7(now, random.bytes(10));
  const options = network.options ?? noOptions;
  checkStart(options.start);
  await db.transaction().execute(async (transaction) => {
    await refuseTaken(transaction, 'networks', network.name);
    if (network.slotId !== null) await requireSlot(transaction, network.slotId);
    await transaction
      .insertInto('networks')
      .values({
        id,
        name: network.name,
        slot_id: network.slotId,
        options: JSON.stringify(options),
        created_at: now,
      })
      .execute();
  });
  return id;
}

/** @throws Problem 404, 409, 400 */
export async function changeNetwork(
  db: Database,
  id: string,
  change: {
    readonly name?: string | undefined;
    readonly slotId?: string | null | undefined;
    readonly options?: ScanOptions | undefined;
  },
): Promise<void> {
  const { name, slotId, options } = change;
  if (options) checkStart(options.start);
  await db.transaction().execute(async (transaction) => {
    if (name !== undefined) await refuseTaken(transaction, 'networks', name, id);
    if (slotId) await requireSlot(transaction, slotId);
    const set = {
      ...(name === undefined ? {} : { name }),
      ...(slotId === undefined ? {} : { slot_id: slotId }),
      ...(options === undefined ? {} : { options: JSON.stringify(options) }),
    };
    if (Object.keys(set).length === 0) return;
    const result = await transaction.updateTable('networks').set(set).where('id', '=', id).executeTakeFirst();
    if (result.numUpdatedRows === 0n) throw problem(404, 'E_NOT_FOUND', `no network ${id}`);
  });
}

async function refuseTaken(db: Queries, table: 'slots' | 'networks', name: string, except = ''): Promise<void> {
  const row = await db
    .selectFrom(table)
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', except)
    .executeTakeFirst();
  if (row !== undefined) throw problem(409, 'E_TAKEN', `name: ${JSON.stringify(name)} is taken`);
}

async function requireSlot(db: Queries, id: string): Promise<void> {
  const row = await db.selectFrom('slots').select('id').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw problem(404, 'E_NOT_FOUND', `slot: no slot ${id}`);
}

export function listNetworks(db: Queries): Promise<NetworkTable[]> {
  return db.selectFrom('networks').selectAll().orderBy('name').execute();
}

export function findNetwork(db: Queries, id: string): Promise<NetworkTable | undefined> {
  return db.selectFrom('networks').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Managed nodes by network, for the list of networks. */
export async function countNodesByNetwork(db: Queries): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('managed_nodes')
    .select((e) => ['network_id', e.fn.countAll().as('count')])
    .groupBy('network_id')
    .execute();
  return new Map(rows.map((row) => [row.network_id, Number(row.count)]));
}
