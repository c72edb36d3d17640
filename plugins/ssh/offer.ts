/**
 * What the server offers for the key exchange (RFC 4253, 7.1), read beside ssh2, which keeps it to itself: it makes the
 * difference between “no common algorithm” and a sentence that says which setting to change, and it tells whether the server
 * knows strict key exchange.
 */
import { type Failure, failure } from 'ksocket/plugin';
import type { Algorithms } from 'ssh2';
import { legacyAlgorithms } from './algorithms.js';
import { printable } from './prompts.js';

/** RFC 4253, 6.1: implementations must take packets of 35000 bytes; a KEXINIT of OpenSSH has about one thousand. */
const maxPacketBytes = 35_000;
const kexInit = 20;
/** Before it a server may send messages that say nothing (RFC 4253, 11.2 to 11.4: ignore, unimplemented, debug). */
const maxPacketsBefore = 4;
/** Offered by servers that number their packets from zero after the key exchange, so that none can be dropped unseen (CVE-2023-48795). */
const strictMark = 'kex-strict-s-v00@openssh.com';

export interface Offer {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
  readonly compress: readonly string[];
  readonly strict: boolean;
}

/**
 * Reads the offer from the first bytes of the server, its identification line included.
 * @returns undefined while more bytes are needed, `none` when there is no offer in them
 */
export function offerIn(bytes: Buffer): Offer | 'none' | undefined {
  let at = bytes.indexOf(10) + 1;
  if (at === 0) return undefined;
  for (let packets = 0; packets <= maxPacketsBefore; packets += 1) {
    if (bytes.length < at + 6) return undefined;
    const length = bytes.readUInt32BE(at);
    if (length < 2 || length > maxPacketBytes) return 'none';
    if (bytes.length < at + 4 + length) return undefined;
    if (bytes[at + 5] === kexInit) return offerOf(bytes.subarray(at + 5, at + 4 + length));
    at += 4 + length;
  }
  return 'none';
}

function offerOf(payload: Buffer): Offer | 'none' {
  const lists: string[][] = [];
  // Behind the message number and sixteen bytes of chance stand ten lists of names; languages are the last two.
  let at = 17;
  while (lists.length < 8) {
    if (payload.length < at + 4) return 'none';
    const length = payload.readUInt32BE(at);
    if (payload.length < at + 4 + length) return 'none';
    lists.push(payload.toString('latin1', at + 4, at + 4 + length).split(','));
    at += 4 + length;
  }
  const [kex = [], serverHostKey = [], cipher = [], , hmac = [], , compress = []] = lists;
  return { kex, serverHostKey, cipher, hmac, compress, strict: kex.includes(strictMark) };
}

const kinds = [
  ['kex', 'key exchange'],
  ['serverHostKey', 'host key'],
  ['cipher', 'cipher'],
  ['hmac', 'MAC'],
  ['compress', 'compression'],
] as const;

/** Names that are no algorithms: they mark extensions (RFC 8308, 2.1). */
const isMark = (name: string) => name.startsWith('ext-info-') || name.startsWith('kex-strict-');

/** Why nothing fits, in a sentence that says what to change; undefined when there is something of each kind. */
export function noAlgorithm(offer: Offer, ours: Algorithms, place: string): Failure | undefined {
  const without = kinds.filter(([kind]) => !(ours[kind] as string[]).some((it) => offer[kind].includes(it)));
  // With GCM and ChaCha20 the cipher authenticates itself, and nobody looks at the MACs (PROTOCOL of OpenSSH).
  const cipher = (ours.cipher as string[]).find((it) => offer.cipher.includes(it)) ?? '';
  const lacking = without.filter(([kind]) => kind !== 'hmac' || !/gcm|poly1305/.test(cipher));
  if (lacking.length === 0) return undefined;
  const said = lacking.map(
    ([kind, name]) => `${name} ${printable(offer[kind].filter((it) => !isMark(it)).join(', ')) || '(nothing)'}`,
  );
  const isOld = lacking.every(
    ([kind]) => kind !== 'compress' && legacyAlgorithms[kind].some((it) => offer[kind].includes(it)),
  );
  return failure('E_UNSUPPORTED', `${place}: the server offers only ${said.join(' and ')}`, {
    remedy: isOld
      ? 'legacyAlgorithms = true in the credential file permits it'
      : lacking.map(([kind]) => mend[kind]).join('; '),
  });
}

/** What to permit in sshd_config(5). Post-quantum exchanges, certificates as host keys and UMAC are what ssh2 lacks. */
const mend = {
  kex: 'permit curve25519-sha256 in KexAlgorithms of the server',
  serverHostKey: 'permit ssh-ed25519 or rsa-sha2-512 in HostKeyAlgorithms of the server',
  cipher: 'permit aes256-gcm@openssh.com or aes256-ctr in Ciphers of the server',
  hmac: 'permit hmac-sha2-256-etm@openssh.com in MACs of the server',
  compress: 'permit none in Compression of the server',
} as const;

/** Without strict key exchange a man in the middle can drop the first packets of these modes unseen (CVE-2023-48795). */
export const isOpenToPrefixTruncation = (cipher: string, mac: string): boolean =>
  cipher.startsWith('chacha20') || (cipher.endsWith('-cbc') && mac.includes('-etm@'));
