/**
 * Keys from passwords (RFC 3414, section 2.6). Hashing a mebibyte takes milliseconds, so the key of a password is computed once
 * for all agents, and the keys of an agent once for all its sessions; they go when the credential file goes.
 */
import { createHash } from 'node:crypto';
import type { Secret } from 'ksocket/plugin';
import type { AuthProtocol, Extension } from './protocols.js';

type Hash = AuthProtocol['hash'];

/** RFC 3414, appendix A.2: the password, repeated up to 1,048,576 octets, is hashed. */
const expandedOctets = 1_048_576;
/** Keys of one secret that are kept: as many as a scan has addresses at most would be 65,536; a scan asks one after the other. */
const keptKeys = 4096;

const digest = (hash: Hash, ...parts: readonly Buffer[]): Buffer => {
  const it = createHash(hash);
  for (const part of parts) it.update(part);
  return it.digest();
};

/** Ku. @param password not empty */
export function passwordToKey(hash: Hash, password: Buffer): Buffer {
  return digest(hash, Buffer.alloc(expandedOctets, password));
}

/** Kul, the key that one engine knows. */
export function localise(hash: Hash, key: Buffer, engineId: Buffer): Buffer {
  return digest(hash, key, engineId, key);
}

/** As many octets as a cipher needs, the localised key first. */
export function extend(hash: Hash, localised: Buffer, engineId: Buffer, octets: number, by: Extension): Buffer {
  let [key, last] = [localised, localised];
  while (key.length < octets) {
    last = by === 'blumenthal' ? digest(hash, key) : localise(hash, passwordToKey(hash, last), engineId);
    key = Buffer.concat([key, last]);
  }
  return key.subarray(0, octets);
}

export class Keys {
  readonly #extensions = new WeakMap<Secret, { byEngine: Map<string, Extension>; latest: Extension }>();
  readonly #bySecret = new WeakMap<Secret, Map<string, Buffer>>();

  /** The key by which this engine authenticates. */
  authentication(secret: Secret, hash: Hash, engineId: Buffer): Buffer {
    return this.#kept(secret, `${hash} ${engineId.toString('hex')}`, () => {
      const key = this.#kept(secret, hash, () => passwordToKey(hash, Buffer.from(secret.reveal())));
      return localise(hash, key, engineId);
    });
  }

  /** The key by which this engine enciphers. */
  encryption(secret: Secret, hash: Hash, engineId: Buffer, octets: number, by: Extension): Buffer {
    const localised = this.authentication(secret, hash, engineId);
    if (localised.length >= octets) return localised.subarray(0, octets);
    const name = `${hash} ${engineId.toString('hex')} ${octets} ${by}`;
    return this.#kept(secret, name, () => extend(hash, localised, engineId, octets, by));
  }

  /** Which way of making a key longer this engine has understood, and which one was understood last anywhere. */
  understood(
    secret: Secret,
    engineId: Buffer,
  ): { readonly engine?: Extension | undefined; readonly latest?: Extension } {
    const kept = this.#extensions.get(secret);
    return kept === undefined ? {} : { engine: kept.byEngine.get(engineId.toString('hex')), latest: kept.latest };
  }

  understand(secret: Secret, engineId: Buffer, extension: Extension): void {
    const byEngine = this.#extensions.get(secret)?.byEngine ?? new Map<string, Extension>();
    if (byEngine.size >= keptKeys) byEngine.clear();
    byEngine.set(engineId.toString('hex'), extension);
    this.#extensions.set(secret, { byEngine, latest: extension });
  }

  #kept(secret: Secret, name: string, make: () => Buffer): Buffer {
    const kept = this.#bySecret.get(secret) ?? new Map<string, Buffer>();
    this.#bySecret.set(secret, kept);
    const found = kept.get(name);
    if (found !== undefined) return found;
    if (kept.size >= keptKeys) kept.clear();
    const made = make();
    kept.set(name, made);
    return made;
  }
}
