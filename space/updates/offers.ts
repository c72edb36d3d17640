/**
 * A version is offered to slots: to some by name, to a part of all, or to all. A part that grows keeps whom it had, so that a
 * roll-out is widened by saying a larger number, and halted by taking the offer back.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../../core/contract/ports.js';
import { uuidv7 } from '../../core/wire/ids.js';
import { type UpdateRecord, updateRecord } from '../../core/wire/update.js';
import { compareVersions, platformOf } from '../../core/wire/versions.js';
import { problem } from '../problem.js';
import { addOperation, requestCancel } from '../storage/operations.js';
import type { Database, OfferTable, OperationTable, Queries, SlotTable } from '../storage/schema.js';
import { listSlots } from '../storage/slots.js';
import { findBundle } from './bundles.js';

export const updateKind = 'ksocket.update';

/** An agent that is away for a while gets the offer when it is back; what it says of the trial may take a night of scans. */
const startWithinSeconds = 30 * 24 * 3600;
const timeLimitSeconds = 7 * 24 * 3600;
/** Each restart between download and trial is a run of its own. */
const maxRuns = 10;

/** Which slots: by name or id, or how many in a hundred. */
export interface Audience {
  readonly slots?: readonly string[] | undefined;
  readonly percent?: number | undefined;
}

export interface Offered {
  readonly slotId: string;
  readonly slot: string;
  readonly result: 'offered' | 'already offered' | 'in use' | 'skipped';
  readonly reason?: string;
}

/** @throws Problem 404 for a version or a slot that is not there */
export async function offerVersion(
  db: Database,
  version: string,
  audience: Audience,
  now: number,
  random: Random,
): Promise<Offered[]> {
  const bundle = await db.selectFrom('bundles').select('version').where('version', '=', version).executeTakeFirst();
  if (bundle === undefined) throw problem(404, 'E_NOT_FOUND', `no bundle of version ${version}; add one first`);
  const all = await listSlots(db);
  const results: Offered[] = [];
  for (const slot of chosen(all, version, audience))
    results.push({
      slotId: slot.id,
      slot: slot.name,
      ...(await db.transaction().execute((transaction) => offerTo(transaction, slot, version, now, random))),
    });
  return results;
}

/** Takes an offer back: what has not begun ends, what runs is asked to end, and nothing is handed out any more. */
export async function haltVersion(db: Database, version: string, now: number): Promise<number> {
  const offers = await db
    .selectFrom('offers')
    .selectAll()
    .where('version', '=', version)
    .where('halted', '=', 0)
    .execute();
  for (const { op_id, slot_id } of offers) {
    await db
      .updateTable('offers')
      .set({ halted: 1 })
      .where('slot_id', '=', slot_id)
      .where('op_id', '=', op_id)
      .execute();
    await requestCancel(db, op_id, 'the offer was taken back', now);
  }
  return offers.length;
}

/** What a slot may fetch. */
export const offerOf = (db: Queries, slotId: string): Promise<OfferTable | undefined> =>
  db.selectFrom('offers').selectAll().where('slot_id', '=', slotId).where('halted', '=', 0).executeTakeFirst();

export type OfferState = 'offered' | 'in progress' | 'halted' | 'failed' | UpdateRecord['state'];

export interface ShownOffer {
  readonly slotId: string;
  readonly version: string;
  readonly state: OfferState;
  readonly reason: string | null;
}

/** What became of the offers, from what the agents said. */
export async function listOffers(db: Queries): Promise<ShownOffer[]> {
  const rows = await db
    .selectFrom('offers')
    .innerJoin('operations', 'operations.op_id', 'offers.op_id')
    .innerJoin('slots', 'slots.id', 'offers.slot_id')
    .select(['offers.slot_id', 'offers.version', 'offers.halted', 'offers.op_id', 'slots.agent_version'])
    .select(['operations.state', 'operations.status', 'operations.note'])
    .execute();
  const shown: ShownOffer[] = [];
  for (const row of rows) {
    const said = await lastWord(db, row.op_id);
    const isThere = row.agent_version !== null && isSame(row.agent_version, row.version);
    const state = isThere ? 'confirmed' : stateOf(row, said);
    const reason = isThere ? null : (said?.reason ?? row.note);
    shown.push({ slotId: row.slot_id, version: row.version, state, reason });
  }
  return shown;
}

type Told = Pick<OperationTable, 'state' | 'status'> & Pick<OfferTable, 'halted'>;

function stateOf({ state, status, halted }: Told, said: UpdateRecord | undefined): OfferState {
  if (state !== 'done')
    return halted === 1 ? 'halted' : (said?.state ?? (state === 'started' ? 'in progress' : 'offered'));
  if (said?.state === 'noted' && halted === 1) return 'halted';
  if (status === 'ok') return said?.state ?? 'failed';
  if (status === 'cancelled') return 'halted';
  if (status === 'rejected') return 'refused';
  return said?.state === 'rolled-back' || said?.state === 'refused' ? said.state : 'failed';
}

async function lastWord(db: Queries, opId: string): Promise<UpdateRecord | undefined> {
  const row = await db
    .selectFrom('records')
    .select('body')
    .where('op_id', '=', opId)
    .orderBy('rec', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : updateRecord.safeParse(JSON.parse(row.body)).data;
}

function chosen(all: readonly SlotTable[], version: string, { slots, percent }: Audience): SlotTable[] {
  if (slots !== undefined)
    return slots.map((name) => {
      const found = all.find((slot) => slot.id === name || slot.name === name);
      if (found === undefined) throw problem(404, 'E_NOT_FOUND', `no slot ${JSON.stringify(name)}`);
      return found;
    });
  return all.filter(({ id }) => bucketOf(version, id) < (percent ?? 100));
}

/** 0 to 99, the same for a slot and a version at every call; another for the next version, so that it is not always the same first. */
export const bucketOf = (version: string, slotId: string): number =>
  createHash('sha256').update(`${version}\n${slotId}`).digest().readUInt32BE(0) % 100;

type Result = Pick<Offered, 'result' | 'reason'>;

async function offerTo(db: Queries, slot: SlotTable, version: string, now: number, random: Random): Promise<Result> {
  const skipped = (reason: string): Result => ({ result: 'skipped', reason });
  if (slot.agent_os === null) return skipped('no agent was ever connected');
  if (slot.agent_version !== null && isSame(slot.agent_version, version)) return { result: 'in use' };
  const platform = platformOf(slot.agent_os);
  const bundle = platform === undefined ? undefined : await findBundle(db, version, platform);
  if (bundle === undefined) return skipped(`no bundle for ${platform ?? slot.agent_os}`);
  const older = await db
    .selectFrom('offers')
    .innerJoin('operations', 'operations.op_id', 'offers.op_id')
    .select(['offers.version', 'offers.halted', 'offers.op_id', 'operations.state'])
    .where('offers.slot_id', '=', slot.id)
    .executeTakeFirst();
  if (older !== undefined && older.state !== 'done') {
    if (older.version === version && older.halted === 0) return { result: 'already offered' };
    await requestCancel(db, older.op_id, `version ${version} is offered instead`, now);
  }
  const opId = uuidv7(now, random.bytes(10));
  const input = { version, sha256: bundle.sha256, size: bundle.size };
  await addOperation(
    db,
    {
      ...{ opId, slotId: slot.id, kind: updateKind, kindVersion: 1, input, class: 'safe', maxRuns },
      startWithin: startWithinSeconds,
      timeLimit: timeLimitSeconds,
    },
    now,
  );
  const offer = { version, platform: bundle.platform, op_id: opId, halted: 0, created_at: now };
  await db
    .insertInto('offers')
    .values({ slot_id: slot.id, ...offer })
    .onConflict((c) => c.column('slot_id').doUpdateSet(offer))
    .execute();
  return { result: 'offered' };
}

/** An agent may say anything of its version. */
function isSame(said: string, version: string): boolean {
  return /^\d+(\.\d+){1,3}$/.test(said) && compareVersions(said, version) === 0;
}
