/**
 * Private key files as ssh2 understands them. OpenSSH, PEM and PuTTY files go straight in; PKCS#8, which ssh2 1.17 does not
 * read, goes through node:crypto. Parsed keys are kept: the bcrypt of an encrypted OpenSSH key costs a tenth of a second, and a
 * scan logs in to many hosts with the same few keys.
 */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { failure, type Secret } from 'ksocket/plugin';
import ssh2, { type ParsedKey } from 'ssh2';

/** More key files than anyone lists; keeps a changing set of files from growing without end. */
const keptKeys = 64;

const pkcs8 = /^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/;

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
  try {
    const text = content.toString('utf8').trimStart();
    const readable = pkcs8.test(text) ? fromPkcs8(text, passphrase) : content;
    const parsed: unknown = ssh2.utils.parseKey(readable, passphrase?.reveal());
    const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error;
    // ssh2 says why in the error’s text only; with a passphrase given, that is nearly always the passphrase.
    if (key instanceof Error)
      throw refuse(passphrase ? 'wrong passphrase or damaged file' : 'no passphrase, or unknown format', key);
    if (!key.isPrivateKey()) throw refuse('this is a public key');
    return key;
  } catch (error) {
    // ssh2 throws, instead of returning, for ciphers that it does not know.
    throw (error as Error).name === 'Failure' ? error : refuse('wrong passphrase, or unknown format', error);
  }
}

function fromPkcs8(text: string, passphrase: Secret | undefined): string {
  const key = createPrivateKey({ key: text, format: 'pem', ...(passphrase && { passphrase: passphrase.reveal() }) });
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ed25519') return openSshEd25519(key);
  throw new Error(`key type ${key.asymmetricKeyType}`);
}

/** OpenSSH’s own container for an unencrypted Ed25519 key (PROTOCOL.key of OpenSSH). */
function openSshEd25519(key: KeyObject): string {
  const { x, d } = key.export({ format: 'jwk' });
  if (!x || !d) throw new Error('incomplete Ed25519 key');
  const publicKey = Buffer.from(x, 'base64url');
  const publicBlob = Buffer.concat([string('ssh-ed25519'), string(publicKey)]);
  // The two equal check numbers only tell a decryption that went right; nothing is encrypted here.
  const check = Buffer.alloc(8, 1);
  const secretPart = Buffer.concat([
    check,
    string('ssh-ed25519'),
    string(publicKey),
    string(Buffer.concat([Buffer.from(d, 'base64url'), publicKey])),
    string(''),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secretPart.length % 8)) % 8 }, (_, i) => i + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([secretPart, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

/** RFC 4251, 5: a string is its length in four bytes and its bytes. */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
