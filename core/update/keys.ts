/**
 * Whose signature an update needs. Two lists: `update-keys.json` beside package.json, which comes with the release and names
 * how many of its keys must have signed; and the operator's own, one PEM public key a file (`*.pem`) in
 * etc/ksocket/update-keys, of which `update.signatures` must have signed. Either list suffices, unless `update.keys` is `own`.
 * A release brings the list by which the next one is judged, so keys are exchanged by an update that the old ones signed.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../contract/index.js';
import { readIfThere, readText } from '../runtime/index.js';

export interface PublicKey {
  readonly id: string;
  /** For people: the name in the list, or the file's. */
  readonly name: string;
  readonly key: KeyObject;
}

export interface PrivateKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** One list, and how many of its keys it takes. */
export interface KeyRing {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

const shippedKeysFile = 'update-keys.json';

const shippedSchema = z.strictObject({
  /** How many of the keys must have signed. */
  threshold: z.number().int().min(1).max(16),
  keys: z.array(z.strictObject({ name: z.string().min(1).max(64), publicKey: z.string().max(1024) })).max(32),
});

/** First 16 hexadecimal digits of the SHA-256 of the public key (SPKI, DER). */
export const keyId = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** @throws Failure E_INPUT when the file is there and cannot be used: a list that cannot be read must not become a shorter one. */
export async function readShippedKeys(packageRoot: string): Promise<KeyRing> {
  const path = join(packageRoot, shippedKeysFile);
  const text = await readIfThere(path);
  if (text === undefined) return { keys: [], threshold: 1 };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failure('E_INPUT', `${path} is no JSON`, { cause });
  }
  const result = shippedSchema.safeParse(value);
  if (!result.success) throw failure('E_INPUT', `${path}: ${result.error.issues[0]?.message ?? 'not valid'}`);
  const { keys, threshold } = result.data;
  return { threshold, keys: distinct(keys.map(({ name, publicKey }) => parsePublicKey(publicKey, name, path))) };
}

/** @throws Failure E_INPUT naming the file that is no key */
export async function readOwnKeys(directory: string, threshold: number): Promise<KeyRing> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw failure('E_INPUT', `${directory} cannot be read: ${error.code}`, { cause: error });
  });
  const found = names.filter((name) => name.endsWith('.pem')).sort();
  const keys: PublicKey[] = [];
  for (const name of found) {
    const path = join(directory, name);
    keys.push(parsePublicKey(await readText(path, 16 * 1024), name, path));
  }
  return { keys: distinct(keys), threshold };
}

/** One key under two names is still one signature. */
const distinct = (keys: readonly PublicKey[]): PublicKey[] => [...new Map(keys.map((key) => [key.id, key])).values()];

/** @throws Failure E_INPUT when it is no Ed25519 public key in PEM */
export function parsePublicKey(pem: string, name: string, path: string): PublicKey {
  // createPublicKey would also take a private key, which nobody should have put there.
  if (/PRIVATE KEY/.test(pem))
    throw failure('E_INPUT', `${path} holds a private key`, {
      remedy: 'put the public key there, and make new keys: this one is no secret any more',
    });
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw failure('E_INPUT', `${path}: ${name} is no public key in PEM`, {
      cause,
      remedy: 'ksocket update keygen makes one',
    });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw failure('E_INPUT', `${path}: ${name} is no Ed25519 key`);
  return { id: keyId(key), name, key };
}

/** @throws Failure E_INPUT when it is no Ed25519 private key, or the passphrase is another */
export function parsePrivateKey(pem: string, path: string, passphrase?: string): PrivateKey {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    throw failure('E_INPUT', `${path} cannot be opened as a private key`, {
      cause,
      remedy: /ENCRYPTED/.test(pem)
        ? 'set KSOCKET_UPDATE_PASSPHRASE to its passphrase'
        : 'ksocket update keygen makes one',
    });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw failure('E_INPUT', `${path} is no Ed25519 key`);
  return { id: keyId(createPublicKey(key)), key };
}
