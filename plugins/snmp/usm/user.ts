/** Who asks: the user of a credential file, and what keeps its messages from being forged and read (RFC 3414, section 3.1). */
import { createHmac, getCiphers, getHashes, timingSafeEqual } from 'node:crypto';
import { type Failure, failure, type Secret } from 'ksocket/plugin';
import type { Credential } from '../credential.js';
import { algorithmOf, decrypt, encrypt, saltFor } from './ciphers.js';
import type { Keys } from './keys.js';
import type { EngineTime, ReadMessage } from './message.js';
import { type AuthProtocol, auths, type Extension, type PrivProtocol, privs } from './protocols.js';

export interface Auth {
  readonly protocol: AuthProtocol;
  readonly secret: Secret;
}

export interface Priv {
  readonly protocol: PrivProtocol;
  readonly secret: Secret;
}

export class User {
  readonly name: Buffer;
  readonly auth: Auth | undefined;
  readonly priv: Priv | undefined;

  /** @throws Failure E_UNSUPPORTED where this machine’s OpenSSL does not permit a protocol, as in FIPS mode MD5 and DES */
  constructor(
    authData: Credential['authData'],
    private readonly keys: Keys,
  ) {
    const { username = '', authProtocol, authKey, privProtocol, privKey } = authData;
    this.name = Buffer.from(username);
    // The schema has made sure of the keys; without one there would be no way to a weaker level but this line.
    if (authProtocol !== 'usmNoAuthProtocol') this.auth = { protocol: auths[authProtocol], secret: authKey! };
    if (privProtocol !== 'usmNoPrivProtocol') this.priv = { protocol: privs[privProtocol], secret: privKey! };
    if (this.auth && !getHashes().includes(this.auth.protocol.hash)) throw notHere(authProtocol);
    if (this.priv && !getCiphers().includes(algorithmOf(this.priv.protocol))) throw notHere(privProtocol);
  }

  /** By its name in RFC 3411, section 3.4.3. */
  get level(): 'noAuthNoPriv' | 'authNoPriv' | 'authPriv' {
    if (this.auth === undefined) return 'noAuthNoPriv';
    return this.priv === undefined ? 'authNoPriv' : 'authPriv';
  }

  /**
   * The ways in which this user’s key may have been made longer for this engine, likely ones first; only one where it is long
   * enough, or where the agent has understood one.
   */
  extensionsFor(engineId: Buffer): readonly Extension[] {
    if (this.auth === undefined || this.priv === undefined) return ['reeder'];
    const { extensions, keyOctets } = this.priv.protocol;
    if (this.auth.protocol.hashOctets >= keyOctets) return extensions.slice(0, 1);
    const { engine, latest } = this.keys.understood(this.priv.secret, engineId);
    if (engine !== undefined && extensions.includes(engine)) return [engine];
    return latest === undefined ? extensions : [...extensions].sort((a, b) => +(b === latest) - +(a === latest));
  }

  /** The agent has answered what was encrypted so. */
  understoodBy(engineId: Buffer, extension: Extension): void {
    if (this.priv) this.keys.understand(this.priv.secret, engineId, extension);
  }

  /** What stands in a message until its digest is known. */
  get noDigest(): Buffer {
    return Buffer.alloc(this.auth?.protocol.digestOctets ?? 0);
  }

  /** Writes the digest of this message into it. */
  sign(bytes: Buffer, engineId: Buffer, digestAt: number): void {
    this.#digest(bytes, engineId).copy(bytes, digestAt);
  }

  /** Did somebody who knows this user’s key at this engine send it? */
  signed(datagram: Buffer, { engine, digest, digestAt }: ReadMessage): boolean {
    if (digest.length !== this.auth?.protocol.digestOctets) return false;
    const bytes = Buffer.from(datagram).fill(0, digestAt, digestAt + digest.length);
    return timingSafeEqual(this.#digest(bytes, engine.id), digest);
  }

  encrypt(
    plain: Buffer,
    engine: EngineTime,
    by: Extension,
    counter: bigint,
  ): { readonly data: Buffer; readonly salt: Buffer } {
    const { protocol } = this.priv!;
    const salt = saltFor(protocol, engine, counter);
    return { salt, data: encrypt(protocol, this.#privKey(engine.id, by), engine, salt, plain) };
  }

  /** Undefined for what cannot have been encrypted so. */
  decrypt({ engine, salt, data }: ReadMessage, by: Extension): Buffer | undefined {
    return decrypt(this.priv!.protocol, this.#privKey(engine.id, by), engine, salt, data);
  }

  #digest(bytes: Buffer, engineId: Buffer): Buffer {
    const { protocol, secret } = this.auth!;
    const key = this.keys.authentication(secret, protocol.hash, engineId);
    return createHmac(protocol.hash, key).update(bytes).digest().subarray(0, protocol.digestOctets);
  }

  #privKey(engineId: Buffer, by: Extension): Buffer {
    const { protocol, secret } = this.priv!;
    return this.keys.encryption(secret, this.auth!.protocol.hash, engineId, protocol.keyOctets, by);
  }
}

function notHere(protocol: string): Failure {
  const remedy = 'the cryptography of this machine does not permit it (FIPS mode?): give the user stronger protocols';
  return failure('E_UNSUPPORTED', `use ${protocol}`, { remedy });
}
