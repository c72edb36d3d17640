/** Why somebody did not get in, in the words of the table of failures. */
import { type Address, asFailure, type Failure, type FailureCode, failure } from 'ksocket/plugin';
import { fingerprint, type KnownKey, keyType, knownHostsLine } from './known-hosts.js';

/** RFC 4250, 4.2.2: SSH_DISCONNECT_TOO_MANY_CONNECTIONS. */
const tooManyConnections = 12;

/** What ssh2 emits: where the error arose, and a socket’s code or the server’s reason for a disconnect. */
export type LibraryError = Error & { level?: string; code?: unknown };

/** `10.0.0.1:22`, `[2001:db8::1]:22`. */
export function hostPort(address: Address, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The key that a host showed is not accepted: both fingerprints, and what to do. */
export function hostKeyFailure(
  address: Address,
  port: number,
  key: Buffer,
  known: readonly KnownKey[],
  verdict: 'new' | 'changed' | 'revoked',
): Failure {
  const host = hostPort(address, port);
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const line = knownHostsLine(address, port, key);
  const approve = `ksocket hostkeys approve ${port === 22 ? address : `[${address}]:${port}`}`;
  if (verdict === 'new') {
    return failure('E_HOST_KEY', `new host ${host} shows ${shown}`, {
      remedy: `compare the fingerprint on the host, then: ${approve}; or add this line to the known_hosts of the ssh plug-in: ${line}`,
    });
  }
  if (verdict === 'revoked') return failure('E_HOST_KEY', `${host} shows ${shown}, which is marked @revoked`);
  const stored = known
    .filter((it) => !it.revoked)
    .map((it) => `${it.type} ${fingerprint(Buffer.from(it.blob, 'base64'))}`);
  return failure('E_HOST_KEY', `${host} shows ${shown}, stored is ${stored.join(', ')}`, {
    remedy: `find out why the host key changed; when that is right: ${approve}; or replace the lines of ${host} in the known_hosts of the ssh plug-in by: ${line}`,
  });
}

/** ssh2 says where an error arose in `level`, and the server’s reason for a disconnect (RFC 4253, 11.1) as a number in `code`. */
export function translate(error: LibraryError, place: string, so: { judged: boolean; refused: boolean }): Failure {
  const as = (code: FailureCode, remedy?: string) => failure(code, place, { cause: error, remedy });
  if (error.level === 'client-authentication') return as('E_LOGIN');
  if (error.level === 'client-timeout') return as('E_TIMEOUT');
  if (error.level === 'client-socket') {
    const socket = asFailure(error, place);
    return socket.code === 'E_PLUGIN' ? as('E_RESET') : socket;
  }
  if (typeof error.code === 'number') {
    // After a refusal servers end with one of several reasons, OpenSSH with "too many authentication failures".
    if (so.refused) return as('E_LOGIN');
    return as(error.code === tooManyConnections ? 'E_BUSY' : 'E_RESET');
  }
  // Before the host key there is only the choice of algorithms.
  if (error.level === 'handshake' && !so.judged) {
    return as('E_UNSUPPORTED', 'no common algorithm; an old server may need legacyAlgorithms = true');
  }
  return as('E_PROTOCOL');
}
