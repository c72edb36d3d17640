/**
 * Private key files as ssh2 understands them. OpenSSH files go straight in; PEM, of which ssh2 1.17 reads a part, goes through
 * node:crypto, PuTTY files through our own. What came of a file is kept, a wrong passphrase too: the bcrypt of an encrypted OpenSSH key
 * costs a tenth of a second, and a scan logs in to many hosts with the same few keys.
 */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { failure, type Secret } from 'ksocket/plugin';
import ssh2, { type ParsedKey } from 'ssh2';
import { protectionOf, string, unencryptedKey } from './openssh-key.js';
import { isBearable, mostIterations } from './pkcs8-encryption.js';
import { fromPuttyKey, isPuttyKey } from './putty-key.js';

/** More key files than anyone lists; keeps a changing set of files from growing without end. */
const keptKeys = 512;

/** Why a file gives no key, whatever its name. */
class Unusable extends Error {}

export class PrivateKeys {
  readonly #kept = new Map<string, ParsedKey | Unusable>();

  /** @throws Failure E_CREDENTIAL naming the file */
  parse(filename: string, content: Buffer, passphrase: Secret | undefined): ParsedKey {
    const id = createHash('sha256')
      .update(createHash('sha256').update(content).digest())
      .update(passphrase?.reveal() ?? '')
      .digest('base64');
    const kept = this.#kept.get(id) ?? keyIn(content, passphrase);
    // At the end again: what is not used any more goes first.
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptKeys) break;
      this.#kept.delete(oldest);
    }
    return usable(filename, kept);
  }
}

/** @throws Failure E_CREDENTIAL naming the file */
export const parsePrivateKey = (filename: string, content: Buffer, passphrase: Secret | undefined): ParsedKey =>
  usable(filename, keyIn(content, passphrase));

function usable(filename: string, key: ParsedKey | Unusable): ParsedKey {
  if (!(key instanceof Unusable)) return key;
  throw failure('E_CREDENTIAL', `read private key ${filename}: ${key.message}`, { cause: key.cause });
}

function keyIn(content: Buffer, passphrase: Secret | undefined): ParsedKey | Unusable {
  const text = content.toString('utf8').trimStart();
  let readable: string;
  try {
    readable = readableForm(text, passphrase?.reveal());
  } catch (error) {
    // What is thrown there is a sentence of our own.
    return new Unusable((error as Error).message, { cause: (error as Error).cause });
  }
  let parsed: unknown;
  try {
    parsed = ssh2.utils.parseKey(readable, passphrase?.reveal());
  } catch (error) {
    // It throws, instead of returning, for ciphers that it does not know.
    parsed = error;
  }
  const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined;
  // OpenSSH’s container says itself how many keys it holds.
  if (key === undefined) return new Unusable('the file holds no key');
  // ssh2 says why in the error’s text only; with a passphrase given, that is nearly always the passphrase.
  if (key instanceof Error)
    return new Unusable(protectionOf(text)?.isEncrypted ? wrongPassphrase : unknownFormat, { cause: key });
  if (!key.isPrivateKey()) return new Unusable('this is a public key');
  if (key.type === 'ssh-dss') return new Unusable('DSA keys are not used; no server of today takes them');
  return key;
}

const wrongPassphrase = 'wrong passphrase or damaged file';
const damaged = 'the file is damaged';
const unknownFormat = 'no private key, or of an unknown format (OpenSSH, PEM, PKCS#8 and PuTTY are read)';
/** Some milliseconds each, in one piece; ssh-keygen makes 16 or 24, and careful people ask for some hundred (-a). */
const mostRounds = 1000;
const tooManyRounds = `its passphrase costs more than ${mostRounds} rounds: ssh-keygen -p -a 100 -f FILE makes them fewer`;
const tooManyIterations = `its passphrase costs more than ${mostIterations} iterations, or as much by scrypt: openssl pkcs8 -topk8 -iter 1000000 -in FILE -out NEW makes them fewer`;
const unknownEncryption =
  'it is encrypted in a way that is not known here: openssl pkcs8 -topk8 -in FILE -out NEW encrypts it in another';
const noPassphrase = 'the key is encrypted: add its passphrase';

/** RFC 7468; PKCS#1, SEC 1 and PKCS#8, encrypted or not (RFC 1421, DEK-Info; RFC 8018, PBES2). */
const pem = /^-----BEGIN (?:(?:ENCRYPTED|RSA|EC) )?PRIVATE KEY-----/;

/** @throws Error in words for the operator */
function readableForm(text: string, passphrase: string | undefined): string {
  if (isPuttyKey(text)) return fromPuttyKey(text, passphrase);
  if (pem.test(text)) return fromPem(text, passphrase);
  const protection = protectionOf(text);
  if (protection?.isEncrypted && passphrase === undefined) throw new Error(noPassphrase);
  if (protection !== undefined && protection.rounds > mostRounds) throw new Error(tooManyRounds);
  return text;
}

/** Its label stands for PKCS#8 alone, and PKCS#8 is encrypted under no other (RFC 7468, 11). */
const encryptedPkcs8 = /^-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END ENCRYPTED PRIVATE KEY-----/;

function fromPem(text: string, passphrase: string | undefined): string {
  let key: KeyObject;
  const pkcs8 = encryptedPkcs8.exec(text)?.[1];
  const isEncrypted = pkcs8 !== undefined || /^Proc-Type: 4,ENCRYPTED/m.test(text.slice(0, 256));
  if (isEncrypted && passphrase === undefined) throw new Error(noPassphrase);
  if (pkcs8 === undefined && text.startsWith('-----BEGIN ENCRYPTED ')) throw new Error(damaged);
  // What is judged is what is opened: no other reading of the text comes between.
  const der = pkcs8 === undefined ? undefined : Buffer.from(pkcs8, 'base64');
  const bearable = der === undefined || isBearable(der);
  if (bearable !== true) throw new Error(bearable === undefined ? unknownEncryption : tooManyIterations);
  try {
    const form = der === undefined ? { key: text, format: 'pem' as const } : { key: der, format: 'der' as const };
    key = createPrivateKey({ ...form, type: 'pkcs8', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    throw new Error(isEncrypted ? wrongPassphrase : unknownFormat, { cause });
  }
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ed25519') return fromEd25519(key);
  throw new Error(`keys of the type ${key.asymmetricKeyType} are not used`);
}

function fromEd25519(key: KeyObject): string {
  const { x, d } = key.export({ format: 'jwk' });
  if (!x || !d) throw new Error(unknownFormat);
  const publicKey = Buffer.from(x, 'base64url');
  const blob = Buffer.concat([string('ssh-ed25519'), string(publicKey)]);
  return unencryptedKey('ssh-ed25519', blob, [publicKey, Buffer.concat([Buffer.from(d, 'base64url'), publicKey])]);
}
