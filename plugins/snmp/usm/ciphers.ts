/**
 * Encryption of scoped PDUs. Node’s OpenSSL 3 keeps single DES in a provider that is not loaded; DES with the key K is triple DES
 * with K three times, because encrypt, decrypt, encrypt with one key is one encryption.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { EngineTime } from './message.js';
import type { PrivProtocol } from './protocols.js';

const block = 8;
export const saltOctets = 8;

/** By OpenSSL’s name. */
export function algorithmOf({ cipher, keyOctets }: PrivProtocol): string {
  return cipher === 'aes' ? `aes-${keyOctets * 8}-cfb` : 'des-ede3-cbc';
}

interface Cipher {
  readonly algorithm: string;
  readonly key: Buffer;
  readonly iv: Buffer;
}

function cipherOf(priv: PrivProtocol, key: Buffer, { boots, time }: EngineTime, salt: Buffer): Cipher {
  if (priv.cipher === 'aes') {
    // RFC 3826, section 3.1.2.1.
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(boots, 0);
    iv.writeUInt32BE(time, 4);
    salt.copy(iv, 8);
    return { algorithm: algorithmOf(priv), key, iv };
  }
  // RFC 3414, section 8.1.1.1: behind the key stand the octets that the salt is mixed with.
  const preIv = key.subarray(priv.keyOctets - block);
  const iv = Buffer.from(salt.map((octet, i) => octet ^ preIv[i]!));
  const single = key.subarray(0, block);
  const triple = priv.cipher === 'des' ? Buffer.concat([single, single, single]) : key.subarray(0, 3 * block);
  return { algorithm: algorithmOf(priv), key: triple, iv };
}

/** The salt of the next message: `counter` must not repeat under one key (RFC 3826, 3.1.2.1; RFC 3414, 8.1.1.1). */
export function saltFor(priv: PrivProtocol, { boots }: EngineTime, counter: bigint): Buffer {
  const salt = Buffer.alloc(saltOctets);
  salt.writeBigUInt64BE(BigInt.asUintN(64, counter));
  if (priv.cipher !== 'aes') salt.writeUInt32BE(boots, 0);
  return salt;
}

export function encrypt(priv: PrivProtocol, key: Buffer, engine: EngineTime, salt: Buffer, plain: Buffer): Buffer {
  const it = cipherOf(priv, key, engine, salt);
  const cipher = createCipheriv(it.algorithm, it.key, it.iv).setAutoPadding(false);
  const padding = priv.cipher === 'aes' ? 0 : (block - (plain.length % block)) % block;
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding)), cipher.final()]);
}

/** Undefined for what this cipher cannot have made. */
export function decrypt(
  priv: PrivProtocol,
  key: Buffer,
  engine: EngineTime,
  salt: Buffer,
  data: Buffer,
): Buffer | undefined {
  if (salt.length !== saltOctets || (priv.cipher !== 'aes' && data.length % block !== 0)) return;
  const it = cipherOf(priv, key, engine, salt);
  const cipher = createDecipheriv(it.algorithm, it.key, it.iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}
