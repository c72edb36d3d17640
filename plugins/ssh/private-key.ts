/**
 * Private key files as ssh2 understands them. OpenSSH files go straight in; PEM, of which ssh2 1.17 reads a part, goes through
 * node:crypto, PuTTY files through our own. Parsed keys are kept: the bcrypt of an encrypted OpenSSH key costs a tenth of a second, and a
 * scan logs in to many hosts with the same few keys.
 */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { failure, type Secret } from 'ksocket/plugin';
import ssh2, { type ParsedKey } from 'ssh2';
import { protectionOf, string, unencryptedKey } from './openssh-key.js';
import { fromPuttyKey, isPuttyKey } from './putty-key.js';

/** More key files than anyone lists; keeps a changing set of files from growing without end. */
const keptKeys = 64;

export class PrivateKeys {
  readonly #kept = new Map<string, ParsedKey>();

  /** @throws Failure E_CREDENTIAL naming the file */
  parse(filename: string, content: Buffer, passphrase: Secret | undefined): ParsedKey {
    const id = createHash('sha256')
      .update(createHash('sha256').update(content).digest())
      .update(passphrase?.reveal() ?? '')
      .digest('base64');
    const kept = this.#kept.get(id);
    if (kept) return kept;
    const key = parsePrivateKey(filename, content, passphrase);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < keptKeys) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(id, key);
    return key;
  }
}

/** @throws Failure E_CREDENTIAL naming the file */
export function parsePrivateKey(filename: string, content: Buffer, passphrase: Secret | undefined): ParsedKey {
  const refuse = (why: string, cause?: unknown) =>
    failure('E_CREDENTIAL', `read private key ${filename}: ${why}`, { cause });
  const text = content.toString('utf8').trimStart();
  let readable: string;
  try {
    readable = readableForm(text, passphrase?.reveal());
  } catch (error) {
    // What is thrown there is a sentence of our own.
    throw refuse((error as Error).message, (error as Error).cause);
  }
  let parsed: unknown;
  try {
    parsed = ssh2.utils.parseKey(readable, passphrase?.reveal());
  } catch (error) {
    // It throws, instead of returning, for ciphers that it does not know.
    parsed = error;
  }
  const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error;
  // ssh2 says why in the error’s text only; with a passphrase given, that is nearly always the passphrase.
  if (key instanceof Error) throw refuse(protectionOf(text)?.isEncrypted ? wrongPassphrase : unknownFormat, key);
  if (!key.isPrivateKey()) throw refuse('this is a public key');
  if (key.type === 'ssh-dss') throw refuse('DSA keys are not used; no server of today takes them');
  return key;
}

const wrongPassphrase = 'wrong passphrase or damaged file';
const unknownFormat = 'no private key, or of an unknown format (OpenSSH, PEM, PKCS#8 and PuTTY are read)';
/** Some milliseconds each, in one piece; ssh-keygen makes 16 or 24, and careful people ask for some hundred (-a). */
const mostRounds = 1000;
const tooManyRounds = `its passphrase costs more than ${mostRounds} rounds: ssh-keygen -p -a 100 -f FILE makes them fewer`;
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

function fromPem(text: string, passphrase: string | undefined): string {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const encrypted = /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text.slice(0, 256));
    throw new Error(encrypted ? (passphrase === undefined ? noPassphrase : wrongPassphrase) : unknownFormat, { cause });
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
