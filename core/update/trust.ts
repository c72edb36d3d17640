/** Is this manifest signed by enough of the keys that this installation trusts? */
import { join } from 'node:path';
import type { Settings } from '../../config-schema/index.js';
import { failure } from '../contract/index.js';
import { type Head, signedBy } from './bundle.js';
import { type KeyRing, type PublicKey, readOwnKeys, readShippedKeys } from './keys.js';

/** The lists of keys of an installation. @throws Failure E_INPUT when one of them cannot be read */
export async function readTrust(
  packageRoot: string,
  etc: string,
  { keys, signatures }: Settings['update'],
): Promise<readonly KeyRing[]> {
  const own = await readOwnKeys(join(etc, 'update-keys'), signatures);
  return keys === 'own' ? [own] : [await readShippedKeys(packageRoot), own];
}

/** @returns the keys that were believed. @throws Failure E_UPDATE when no list has enough of them */
export function requireSignatures(head: Head, rings: readonly KeyRing[]): readonly PublicKey[] {
  if (rings.every(({ keys }) => keys.length === 0))
    throw failure('E_UPDATE', 'this installation has no key by which it could know an update', {
      remedy: 'put the public key of who signs your updates into etc/ksocket/update-keys (NAME.pem)',
    });
  const found = rings.map((ring) => ({ ...ring, signed: signedBy(head, ring.keys) }));
  const enough = found.find(({ signed, threshold }) => signed.length >= threshold);
  if (enough !== undefined) return enough.signed;
  const signed = new Set(found.flatMap((ring) => ring.signed.map(({ id }) => id))).size;
  throw failure(
    'E_UPDATE',
    signed === 0
      ? 'the update is not signed by any key that this installation trusts'
      : `the update is signed by ${signed} of the keys that this installation trusts, which is not enough`,
    { remedy: 'install it only if you know who made it: their public key belongs into etc/ksocket/update-keys' },
  );
}
