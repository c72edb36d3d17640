/**
 * The changes that sessions ask for, made durable: all that came in one turn of the event loop in one transaction, so that a
 * thousand records cost one fsync. A batch of a replaced connection is refused whole, by its epoch.
 */
import { chainDigest, emptyDigest } from '../../core/wire/digest.js';
import type { Change, Outcome } from '../session/order.js';
import type { Batch, Committed } from '../session/store.js';
import type { Database, OperationTable, Queries, RecordTable } from './schema.js';

/** What is done in the same transaction as the outcome, by the kind of the operation. */
export type Conclude = (db: Queries, operation: OperationTable, outcome: Outcome, now: number) => Promise<void>;

/** @returns for each batch, in order, whether it is durable, or its connection was replaced. */
export function commitBatches(
  db: Database,
  batches: readonly Batch[],
  now: number,
  conclude: Conclude,
): Promise<Committed[]> {
  return db.transaction().execute(async (transaction) => {
    const results: Committed[] = [];
    for (const batch of batches) results.push(await commitBatch(transaction, batch, now, conclude));
    return results;
  });
}

async function commitBatch(db: Queries, batch: Batch, now: number, conclude: Conclude): Promise<Committed> {
  const { slotId, epoch, changes } = batch;
  const released = changes.some((change) => change.type === 'release');
  const held = await db
    .updateTable('slots')
    .set({ last_frame_at: released ? null : now })
    .where('id', '=', slotId)
    .where('epoch', '=', epoch)
    .executeTakeFirst();
  if (held.numUpdatedRows === 0n) return 'fenced';
  const writer = new Writer(db, slotId, now, conclude);
  for (const change of changes) await writer.apply(change);
  await writer.flush();
  return 'durable';
}

type Progress = Pick<OperationTable, 'run' | 'records' | 'digest' | 'state'>;

class Writer {
  readonly #db: Queries;
  readonly #slotId: string;
  readonly #now: number;
  readonly #conclude: Conclude;
  readonly #progress = new Map<string, Progress>();
  #rows: RecordTable[] = [];
  #grown = new Set<string>();

  constructor(db: Queries, slotId: string, now: number, conclude: Conclude) {
    this.#db = db;
    this.#slotId = slotId;
    this.#now = now;
    this.#conclude = conclude;
  }

  async apply(change: Change): Promise<void> {
    if (change.type === 'seen' || change.type === 'release') return;
    const known = await this.#of(change.opId);
    // Its one outcome is there; nothing may follow.
    if (known === undefined || known.state === 'done') {
      if (change.type === 'issue') change.endedMeanwhile = true;
      return;
    }
    if (change.type === 'record') return this.#record(change, known);
    await this.flush();
    this.#progress.delete(change.opId);
    const update = this.#db.updateTable('operations').where('op_id', '=', change.opId);
    if (change.type === 'issue') {
      if (known.records > 0) await this.#db.deleteFrom('records').where('op_id', '=', change.opId).execute();
      const { opSeq: op_seq, instance: sent_to, runsUsed: run } = change;
      await update.set({ op_seq, sent_to, run, state: 'issued', keep: 0, records: 0, digest: emptyDigest }).execute();
      await this.#db
        .updateTable('slots')
        .set({ seq: change.opSeq })
        .where('id', '=', this.#slotId)
        .where('seq', '<', change.opSeq)
        .execute();
    } else if (change.type === 'accept') {
      await update.set({ state: 'accepted', accepted_at: this.#now }).execute();
    } else if (change.type === 'start') {
      await this.#start(change, known);
    } else {
      await this.#outcome(change, known);
    }
  }

  /** Writes the records that wait, and how far their operations are. */
  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    // Powers of two, so that the same few statements serve every batch.
    for (let at = 0, size = 256; at < rows.length; ) {
      while (size > rows.length - at) size /= 2;
      await this.#db
        .insertInto('records')
        .values(rows.slice(at, at + size))
        .execute();
      at += size;
    }
    for (const opId of this.#grown) {
      const { records, digest } = this.#progress.get(opId)!;
      await this.#db.updateTable('operations').set({ records, digest }).where('op_id', '=', opId).execute();
    }
    this.#grown = new Set();
  }

  async #of(opId: string): Promise<Progress | undefined> {
    const known = this.#progress.get(opId);
    if (known !== undefined) return known;
    const row = await this.#db
      .selectFrom('operations')
      .select(['run', 'records', 'digest', 'state'])
      .where('op_id', '=', opId)
      .where('slot_id', '=', this.#slotId)
      .executeTakeFirst();
    if (row !== undefined) this.#progress.set(opId, row);
    return row;
  }

  #record(change: Change & { type: 'record' }, known: Progress): void {
    const { opId, run, rec } = change;
    // A record has one place: what is there already is the same record once more.
    if (rec !== known.records + 1) return;
    const body = JSON.stringify(change.body ?? null);
    known.records = rec;
    known.digest = chainDigest(known.digest, body);
    this.#grown.add(opId);
    this.#rows.push({ op_id: opId, run, rec, body, digest: known.digest });
  }

  async #start({ opId, run, keep }: Change & { type: 'start' }, known: Progress): Promise<void> {
    if (run <= known.run) return;
    const kept = Math.min(keep, known.records);
    let digest = known.digest;
    if (kept < known.records) {
      await this.#db.deleteFrom('records').where('op_id', '=', opId).where('rec', '>', kept).execute();
      digest = kept === 0 ? emptyDigest : await this.#digestAt(opId, kept);
    }
    await this.#db
      .updateTable('operations')
      .set({ state: 'started', run, keep, records: kept, digest, started_at: this.#now })
      .where('op_id', '=', opId)
      .execute();
  }

  async #digestAt(opId: string, rec: number): Promise<string> {
    const row = await this.#db
      .selectFrom('records')
      .select('digest')
      .where('op_id', '=', opId)
      .where('rec', '=', rec)
      .executeTakeFirstOrThrow();
    return row.digest;
  }

  async #outcome(change: Change & { type: 'outcome' }, known: Progress): Promise<void> {
    const { opId, origin } = change;
    const outcome = origin === 'agent' ? verified(change.outcome, known) : change.outcome;
    const { status, code, note } = outcome;
    await this.#db
      .updateTable('operations')
      .set({ state: 'done', status, code: code ?? null, note: note ?? null, ended_at: this.#now })
      .where('op_id', '=', opId)
      .execute();
    const row = await this.#db.selectFrom('operations').selectAll().where('op_id', '=', opId).executeTakeFirstOrThrow();
    await this.#conclude(this.#db, row, outcome, this.#now);
  }
}

/** Records that are not those of the agent make a failure, which is then the one outcome: asking again would change nothing. */
function verified(outcome: Outcome, known: Progress): Outcome {
  if (outcome.records === known.records && outcome.digest === known.digest) return outcome;
  return {
    ...outcome,
    status: 'failed',
    code: 'E_PROTOCOL',
    note: `the ${known.records} records here are not the ${outcome.records} that the agent sent`,
  };
}
