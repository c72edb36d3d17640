/**
 * PuTTY’s private key files, versions 2 and 3, of every type of key (Appendix C of PuTTY’s manual). ssh2 1.17 reads version 2 of
 * RSA only. The MAC is checked: it is what tells a wrong passphrase.
 */
import * as crypto from 'node:crypto';
import { leadingStrings, string, stringsIn, unencryptedKey } from './openssh-key.js';

interface PuttyFile {
  readonly version: '2' | '3';
  readonly type: string;
  readonly encryption: string;
  readonly comment: string;
  readonly publicBlob: Buffer;
  readonly privateBlob: Buffer;
  readonly mac: Buffer;
  readonly fields: ReadonlyMap<string, string>;
}

const first = /^PuTTY-User-Key-File-([23]): (\S{1,64})$/;
/** What an attacker of the operator’s files could ask of this machine; PuTTY’s own default is 8 MiB and some ten passes. */
const mostMemoryKiB = 1024 * 1024;
/** Memory times passes: a gibibyte a second, roughly. */
const mostWorkKiB = 8 * mostMemoryKiB;

export const isPuttyKey = (text: string): boolean => text.startsWith('PuTTY-User-Key-File-');

/** The same key as ssh2 reads it. @throws Error in words for the operator */
export function fromPuttyKey(text: string, passphrase: string | undefined): string {
  const file = fileIn(text);
  if (file === undefined) throw new Error('no PuTTY key file of version 2 or 3, or a damaged one');
  const isPlain = file.encryption === 'none';
  if (!isPlain && file.encryption !== 'aes256-cbc') throw new Error(`unknown encryption ${file.encryption}`);
  if (!isPlain && passphrase === undefined) throw new Error('the key is encrypted: add its passphrase');
  const { key, iv, macKey } =
    file.version === '2' ? keysOfVersion2(passphrase, isPlain) : keysOfVersion3(file, passphrase);
  const secret = isPlain ? file.privateBlob : decrypted(file.privateBlob, key, iv);
  const signed = [file.type, file.encryption, file.comment, file.publicBlob, secret].map(string);
  const mac = crypto
    .createHmac(file.version === '2' ? 'sha1' : 'sha256', macKey)
    .update(Buffer.concat(signed))
    .digest();
  if (mac.length !== file.mac.length || !crypto.timingSafeEqual(mac, file.mac))
    throw new Error(isPlain ? 'the file is damaged' : 'wrong passphrase or damaged file');
  return openSshKey(file.type, file.publicBlob, secret);
}

function fileIn(text: string): PuttyFile | undefined {
  const lines = text.split(/\r?\n/);
  const [, version, type] = first.exec(lines[0] ?? '') ?? [];
  if ((version !== '2' && version !== '3') || type === undefined) return undefined;
  const fields = new Map<string, string>();
  const blobs = new Map<string, Buffer>();
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const colon = line.indexOf(': ');
    if (colon < 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 2)];
    if (name !== 'Public-Lines' && name !== 'Private-Lines') fields.set(name, value);
    else {
      const count = /^\d{1,5}$/.test(value) ? Number(value) : 0;
      blobs.set(name, Buffer.from(lines.slice(at + 1, at + 1 + count).join(''), 'base64'));
      at += count;
    }
  }
  const [publicBlob, privateBlob] = [blobs.get('Public-Lines'), blobs.get('Private-Lines')];
  const [encryption, comment, mac] = ['Encryption', 'Comment', 'Private-MAC'].map((name) => fields.get(name));
  if (!publicBlob || !privateBlob || encryption === undefined || comment === undefined || mac === undefined)
    return undefined;
  return { version, type, encryption, comment, publicBlob, privateBlob, mac: Buffer.from(mac, 'hex'), fields };
}

interface Keys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

function keysOfVersion2(passphrase = '', isPlain: boolean): Keys {
  const sha1 = (...parts: (string | Buffer)[]) =>
    parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha1')).digest();
  const halves = [0, 1].map((n) => sha1(Buffer.from([0, 0, 0, n]), passphrase));
  return {
    key: Buffer.concat(halves).subarray(0, 32),
    iv: Buffer.alloc(16),
    macKey: sha1('putty-private-key-file-mac-key', isPlain ? '' : passphrase),
  };
}

/** Since Node 24.7; its published types are younger than ours. */
type Argon2 = (
  algorithm: string,
  options: {
    message: Buffer;
    nonce: Buffer;
    parallelism: number;
    tagLength: number;
    memory: number;
    passes: number;
  },
) => Buffer;

function keysOfVersion3({ encryption, fields }: PuttyFile, passphrase = ''): Keys {
  if (encryption === 'none') return { key: Buffer.alloc(0), iv: Buffer.alloc(0), macKey: Buffer.alloc(0) };
  const argon2 = (crypto as unknown as { argon2Sync?: Argon2 }).argon2Sync;
  if (argon2 === undefined)
    throw new Error(
      'this Node.js has no Argon2 for PuTTY’s newer encryption: convert the file (puttygen FILE -O private-openssh -o NEW)',
    );
  const number = (name: string) => Number(fields.get(name));
  const [memory, passes, parallelism] = ['Argon2-Memory', 'Argon2-Passes', 'Argon2-Parallelism'].map(number) as [
    number,
    number,
    number,
  ];
  if (!(memory <= mostMemoryKiB && memory * passes <= mostWorkKiB && parallelism <= 64))
    throw new Error('its key derivation asks for too much, or is damaged: save it anew with puttygen');
  const made = argon2((fields.get('Key-Derivation') ?? '').toLowerCase(), {
    message: Buffer.from(passphrase),
    nonce: Buffer.from(fields.get('Argon2-Salt') ?? '', 'hex'),
    parallelism,
    memory,
    passes,
    tagLength: 80,
  });
  return { key: made.subarray(0, 32), iv: made.subarray(32, 48), macKey: made.subarray(48) };
}

function decrypted(blob: Buffer, key: Buffer, iv: Buffer): Buffer {
  if (blob.length % 16 !== 0) throw new Error('the file is damaged');
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(blob), decipher.final()]);
}

/** The same numbers in the order of OpenSSH’s container. */
function openSshKey(type: string, publicBlob: Buffer, secretBlob: Buffer): string {
  const known = stringsIn(publicBlob);
  // Behind the fields stands padding, to the size of a cipher block.
  const secret = leadingStrings(secretBlob, type === 'ssh-rsa' ? 4 : 1);
  const [name, a, b] = known ?? [];
  const [one, p, q, inverse] = secret;
  if (name?.toString() === type && a !== undefined && one !== undefined) {
    if (type === 'ssh-rsa' && b && p && q && inverse)
      return unencryptedKey(type, publicBlob, [b, a, one, inverse, p, q]);
    if (type === 'ssh-ed25519') {
      const seed = Buffer.concat([one, Buffer.alloc(32)]).subarray(0, 32);
      return unencryptedKey(type, publicBlob, [a, Buffer.concat([seed, a])]);
    }
    if (type.startsWith('ecdsa-sha2-') && b) return unencryptedKey(type, publicBlob, [a, b, one]);
  }
  throw new Error(`keys of the type ${type} are not used`);
}
