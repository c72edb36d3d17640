/** Ordering a scan: one row for people, one operation for the agent, in one transaction. */
import type { Random } from '../../core/contract/ports.js';
import { uuidv7 } from '../../core/wire/ids.js';
import { problem } from '../problem.js';
import { addOperation } from '../storage/operations.js';
import type { Database } from '../storage/schema.js';
import { checkStart, effectiveOptions, readOptions, toScanInput } from './options.js';

/** An agent that is away for longer gets a new order instead: what was asked in the morning is not wanted at night. */
const startWithinSeconds = 3600;
const timeLimitSeconds = 24 * 3600;
/** Characters of an order's lists; a frame has 1 MiB. */
const maxInputLength = 900_000;
/** A scan only reads, so it may begin again once after a crash (protocol: `safe` has 2 runs). */
const maxRuns = 2;

export interface CreatedScan {
  readonly scanId: string;
  readonly slotId: string;
}

/** @throws Problem 404 for an unknown network, 409 without a slot or while a scan of it is open, 400 when start is too large. */
export function createScan(db: Database, networkId: string, now: number, random: Random): Promise<CreatedScan> {
  return db.transaction().execute(async (transaction) => {
    const network = await transaction.selectFrom('networks').selectAll().where('id', '=', networkId).executeTakeFirst();
    if (network === undefined) throw problem(404, 'E_NOT_FOUND', `no network ${networkId}`);
    if (network.slot_id === null) throw problem(409, 'E_NO_SLOT', 'slot: this network has none, so nobody can scan it');
    const slot = await transaction
      .selectFrom('slots')
      .selectAll()
      .where('id', '=', network.slot_id)
      .executeTakeFirstOrThrow();
    if (slot.enabled !== 1) throw problem(409, 'E_DISABLED', `slot: ${slot.name} is disabled`);
    const open = await transaction
      .selectFrom('scans')
      .innerJoin('operations', 'operations.op_id', 'scans.op_id')
      .select('scans.id')
      .where('scans.network_id', '=', networkId)
      .where('operations.state', '!=', 'done')
      .executeTakeFirst();
    if (open !== undefined) throw problem(409, 'E_BUSY', 'a scan of this network is already on its way');
    const options = effectiveOptions(readOptions(network.options), readOptions(slot.options));
    checkStart(options.start);
    const input = toScanInput(options);
    if (JSON.stringify(input).length > maxInputLength)
      throw problem(400, 'E_LIMIT', 'start, allow, deny: together too long for one order');
    const opId = uuidv7(now, random.bytes(10));
    await addOperation(
      transaction,
      {
        opId,
        slotId: slot.id,
        kind: 'networks.scan',
        kindVersion: 1,
        input,
        class: 'safe',
        startWithin: startWithinSeconds,
        timeLimit: timeLimitSeconds,
        maxRuns,
      },
      now,
    );
    await transaction
      .insertInto('scans')
      .values({
        // A scan is one operation, so that both go by one id.
        id: opId,
        network_id: networkId,
        slot_id: slot.id,
        op_id: opId,
        created_at: now,
        progress_done: 0,
        progress_total: 0,
        progress_note: '',
        snapshot_id: null,
      })
      .execute();
    return { scanId: opId, slotId: slot.id };
  });
}
