/**
 * The digest of an operation's records: a hash chain over the JSON text of each body, in order. Both ends
 * extend it record by record, so that neither holds them all.
 */
import { createHash } from 'node:crypto';

/** Digest before the first record. */
export const emptyDigest = '0'.repeat(64);

/** The digest after one more record: SHA-256(previous digest, LF, JSON of the body). */
export function chainDigest(previous: string, bodyJson: string): string {
  return createHash('sha256').update(previous).update('\n').update(bodyJson).digest('hex');
}
