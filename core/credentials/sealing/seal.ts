/**
 * One secret, encrypted with AES-256-GCM (NIST SP 800-38D). Its key and nonce come from a salt of its own by HKDF (RFC 5869), so that none
 * is used twice. What it is for is authenticated with it: the same words elsewhere do not decrypt.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { failure, type Random } from '../../contract/index.js';
import type { Key } from './keyring.js';

/** Where a secret stands. */
export interface Binding {
  readonly collector: string;
  /** Canonical, in no particular order. */
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly path: readonly (string | number)[];
}

const prefix = 'ksocket:1:';
const form = /^ksocket:1:([0-9a-f]{8}):([A-Za-z0-9_-]{86,})$/;
const cipher = 'aes-256-gcm';
const [keyBytes, nonceBytes, saltBytes, tagBytes] = [32, 12, 16, 16];
/** Lengths are rounded up to it, so that they say little about the secret. */
const block = 32;

export const isSealed = (value: unknown): value is string => typeof value === 'string' && value.startsWith(prefix);

/** Ids of the keys that a text uses. */
export const keysUsedIn = (text: string): string[] =>
  [...text.matchAll(/ksocket:1:([0-9a-f]{8}):/g)].map(([, id]) => id!);

export function seal(secret: string, key: Key, binding: Binding, random: Random): string {
  const salt = random.bytes(saltBytes);
  const { secretKey, nonce } = derived(key, salt);
  const encryption = createCipheriv(cipher, secretKey, nonce).setAAD(bytesOf(binding));
  const body = Buffer.concat([encryption.update(padded(secret)), encryption.final()]);
  return `${prefix}${key.id}:${Buffer.concat([salt, body, encryption.getAuthTag()]).toString('base64url')}`;
}

/** @throws Failure E_CREDENTIAL: which key is missing, or that it stands where it does not belong */
export function unseal(
  sealed: string,
  keys: readonly Key[],
  binding: Binding,
  file: { path: string; keyFile: string },
): string {
  const place = `${file.path}: ${binding.path.join('.')}`;
  const refuse = (what: string, remedy: string) => failure('E_CREDENTIAL', `${place} ${what}`, { remedy });
  const [, id, text = ''] = form.exec(sealed) ?? [];
  if (id === undefined) throw refuse('is encrypted, and damaged', anew);
  const key = keys.find((it) => it.id === id);
  if (key === undefined) {
    const here = keys.length === 0 ? 'there is no key' : `the keys here are ${keys.map((it) => it.id).join(', ')}`;
    throw refuse(`is encrypted with the key ${id}, and ${here}`, `put the copy of ${file.keyFile} back; or ${anew}`);
  }
  const bytes = Buffer.from(text, 'base64url');
  const { secretKey, nonce } = derived(key, bytes.subarray(0, saltBytes));
  const decryption = createDecipheriv(cipher, secretKey, nonce, { authTagLength: tagBytes })
    .setAAD(bytesOf(binding))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return unpadded(Buffer.concat([decryption.update(bytes.subarray(saltBytes, -tagBytes)), decryption.final()]));
  } catch {
    throw refuse(
      'was encrypted for other includes and excludes, another field or another collector, or was changed',
      `put them back as they were, run "ksocket decrypt", change them and run "ksocket encrypt"; or ${anew}`,
    );
  }
}

const anew = 'write the secret anew in clear text and run "ksocket encrypt"';

function derived({ bytes }: Key, salt: Buffer): { secretKey: Buffer; nonce: Buffer } {
  const all = Buffer.from(hkdfSync('sha256', bytes, salt, 'ksocket credential field', keyBytes + nonceBytes));
  return { secretKey: all.subarray(0, keyBytes), nonce: all.subarray(keyBytes) };
}

function bytesOf({ collector, includes, excludes, path }: Binding): Buffer {
  const set = (texts: readonly string[]) => [...new Set(texts)].sort();
  return Buffer.from(JSON.stringify(['ksocket credential', 1, collector, set(includes), set(excludes), path]));
}

/** ISO/IEC 7816-4: one bit, then zeros. */
function padded(secret: string): Buffer {
  const text = Buffer.from(secret);
  const whole = Buffer.alloc(Math.ceil((text.length + 1) / block) * block);
  text.copy(whole);
  whole[text.length] = 0x80;
  return whole;
}

const unpadded = (whole: Buffer): string => whole.subarray(0, whole.lastIndexOf(0x80)).toString();
