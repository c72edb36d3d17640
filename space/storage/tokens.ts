/** Tokens of slots: at most two each, so that one can be exchanged without a gap. Shown once, kept as a hash. */
import { createHash } from 'node:crypto';
import type { Random } from '../../core/contract/ports.js';
import { uuidv7 } from '../../core/wire/ids.js';
import { problem } from '../problem.js';
import type { Database, Queries } from './schema.js';

const prefix = 'ks1_';
const maxTokensPerSlot = 2;
/** 256 bits: the hash needs no salt and no slow function, since nobody can guess at that. */
const tokenBytes = 32;

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface IssuedToken {
  readonly id: string;
  readonly slotId: string;
  /** Only here, and only now. */
  readonly token: string;
  readonly expiresAt: number | null;
}

/** @throws Problem 404 for an unknown slot, 409 when it has two tokens that are still valid, 400 for an expiry in the past. */
export async function issueToken(
  db: Database,
  slotId: string,
  expiresAt: number | null,
  now: number,
  random: Random,
): Promise<IssuedToken> {
  if (expiresAt !== null && !(expiresAt > now)) throw problem(400, 'E_INPUT', 'expires: lies in the past');
  return db.transaction().execute(async (transaction) => {
    const slot = await transaction.selectFrom('slots').select('id').where('id', '=', slotId).executeTakeFirst();
    if (slot === undefined) throw problem(404, 'E_NOT_FOUND', `no slot ${slotId}`);
    // What has expired takes no place; it stays known until now, so that its agent could be told why it is refused.
    const tokens = await transaction
      .selectFrom('tokens')
      .select(['id', 'expires_at'])
      .where('slot_id', '=', slotId)
      .orderBy('created_at')
      .execute();
    const expired = tokens.filter((t) => t.expires_at !== null && t.expires_at <= now);
    if (tokens.length - expired.length >= maxTokensPerSlot)
      throw problem(409, 'E_LIMIT', `a slot has at most ${maxTokensPerSlot} tokens; revoke one first`);
    const excess = tokens.length + 1 - maxTokensPerSlot;
    for (const { id } of expired.slice(0, Math.max(0, excess)))
      await transaction.deleteFrom('tokens').where('id', '=', id).execute();
    const token = prefix + random.bytes(tokenBytes).toString('base64url');
    const id = uuidv7(now, random.bytes(10));
    await transaction
      .insertInto('tokens')
      .values({
        id,
        slot_id: slotId,
        hash: hashToken(token),
        created_at: now,
        expires_at: expiresAt,
        last_used_at: null,
      })
      .execute();
    return { id, slotId, token, expiresAt };
  });
}

export type TokenCheck =
  | { readonly ok: true; readonly slotId: string; readonly tokenId: string }
  | { readonly ok: false; readonly reason: 'token unknown' | 'token expired' };

export async function checkToken(db: Queries, token: string, now: number): Promise<TokenCheck> {
  const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hashToken(token)).executeTakeFirst();
  if (row === undefined) return { ok: false, reason: 'token unknown' };
  if (row.expires_at !== null && row.expires_at <= now) return { ok: false, reason: 'token expired' };
  await db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
  return { ok: true, slotId: row.slot_id, tokenId: row.id };
}

export interface TokenRow {
  readonly id: string;
  readonly slotId: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

export async function listTokens(db: Queries): Promise<TokenRow[]> {
  const rows = await db.selectFrom('tokens').selectAll().orderBy('created_at').execute();
  return rows.map((r) => ({
    id: r.id,
    slotId: r.slot_id,
    createdAt: r.created_at,
    expiresAt: r.expires_at,
    lastUsedAt: r.last_used_at,
  }));
}

export async function revokeToken(db: Queries, id: string): Promise<boolean> {
  const result = await db.deleteFrom('tokens').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
