/**
 * Which algorithms are offered. The order follows OpenSSH’s own preference; everything with SHA-1, CBC or a group below 2048
 * bits is left out, and comes back, behind the others, only for a credential file with `legacyAlgorithms`.
 *
 * Group exchange (RFC 4419) is never offered: the server chooses the prime, and Node.js tests it for primality before it uses
 * it, which stops the whole process for half a second at 2048 bits, for a minute at 8192, and for as long as a hostile server
 * likes beyond (docs/decisions/0020).
 */
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';

const kex: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group14-sha256',
];
const cipher: CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  // Last: without a native part it runs in WebAssembly, at about a third of the speed, and a server without strict key exchange
  // has it open to CVE-2023-48795.
  'chacha20-poly1305@openssh.com',
];
const hmac: MacAlgorithm[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
/** Signature algorithms by type of host key (RFC 8332 gave ssh-rsa keys better signatures). */
const hostKey: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** What `legacyAlgorithms` adds. */
export const legacyAlgorithms = {
  kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  hmac: ['hmac-sha1-etm@openssh.com', 'hmac-sha1', 'hmac-md5'],
  serverHostKey: ['ssh-rsa'],
} as const;

/** `knownTypes` are the types of the keys already stored for the host: asking for them first makes a comparison possible. */
export function algorithms(options: { knownTypes: readonly string[]; legacy: boolean }): Algorithms {
  const types = Object.keys(hostKey);
  const preferred = types.filter((type) => options.knownTypes.includes(type));
  const ordered = [...preferred, ...types.filter((type) => !preferred.includes(type))].flatMap((t) => hostKey[t] ?? []);
  const also = options.legacy ? legacyAlgorithms : { kex: [], cipher: [], hmac: [], serverHostKey: [] };
  return {
    kex: [...kex, ...also.kex],
    serverHostKey: [...ordered, ...also.serverHostKey],
    cipher: [...cipher, ...also.cipher],
    hmac: [...hmac, ...also.hmac],
    // What a host sends takes as much room here as on the wire, so that limits in bytes hold.
    compress: ['none'],
  };
}
