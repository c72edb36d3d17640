/** OpenSSH’s own container for one private key (PROTOCOL.key of OpenSSH), the form that ssh2 reads for every type of key. */

/** RFC 4251, 5: a string is its length in four bytes and its bytes. */
export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The strings that follow one another in these bytes; undefined when they do not end with the last one. */
export function stringsIn(bytes: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length < at + 4) return undefined;
    const length = bytes.readUInt32BE(at);
    if (bytes.length < at + 4 + length) return undefined;
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

const magic = Buffer.from('openssh-key-v1\0');
const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
const end = '-----END OPENSSH PRIVATE KEY-----';

/** @param secret the fields of the private key as they follow its type there */
export function unencryptedKey(type: string, publicBlob: Buffer, secret: readonly (string | Buffer)[]): string {
  // The two equal check numbers only tell a decryption that went right; nothing is encrypted here.
  const check = Buffer.alloc(8, 1);
  const fields = Buffer.concat([check, string(type), ...secret.map(string), string('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (fields.length % 8)) % 8 }, (_, i) => i + 1));
  const body = Buffer.concat([
    magic,
    string('none'),
    string('none'),
    string(''),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([fields, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return [begin, ...lines, end, ''].join('\n');
}

export interface Protection {
  readonly isEncrypted: boolean;
  /** Of bcrypt_pbkdf; 0 where there is none. */
  readonly rounds: number;
}

/** Cipher, derivation and its options stand in the first bytes; salts are 16 octets. */
const headCharacters = 1024;

/** How this file is protected; undefined when it is no such container. */
export function protectionOf(text: string): Protection | undefined {
  if (!text.startsWith(begin)) return undefined;
  const body = Buffer.from(text.slice(begin.length, begin.length + headCharacters), 'base64');
  if (!body.subarray(0, magic.length).equals(magic)) return undefined;
  const [cipher, , options] = leadingStrings(body.subarray(magic.length), 3);
  if (cipher === undefined || options === undefined) return undefined;
  const [salt] = leadingStrings(options, 1);
  const at = salt === undefined ? options.length : 4 + salt.length;
  return {
    isEncrypted: cipher.toString('latin1') !== 'none',
    rounds: options.length >= at + 4 ? options.readUInt32BE(at) : 0,
  };
}

/** At most `count` strings from the front; fewer where the bytes end. */
export function leadingStrings(bytes: Buffer, count: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  while (found.length < count && bytes.length >= at + 4) {
    const length = bytes.readUInt32BE(at);
    if (bytes.length < at + 4 + length) break;
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}
