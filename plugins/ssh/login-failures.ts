/** Why somebody did not get in, in the words of the table of failures. */
import { type Address, asFailure, type Failure, type FailureCode, failure } from 'ksocket/plugin';
import { fingerprint, type KnownKey, keyType, knownHostsLine } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';

/** RFC 4250, 4.2.2: SSH_DISCONNECT_TOO_MANY_CONNECTIONS. */
const tooManyConnections = 12;

/** What ssh2 emits: where the error arose, and a socket’s code or the server’s reason for a disconnect. */
export type LibraryError = Error & { level?: string; code?: unknown };

/** `10.0.0.1:22`, `[2001:db8::1]:22`. */
export function hostPort(address: Address, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `10.0.0.1:22 through 10.10.0.1` */
export const placeText = ({ address, port, via }: Place): string =>
  `${hostPort(address, port)}${via.length === 0 ? '' : ` through ${via.join(', ')}`}`;

/** The key that a host showed is not accepted: both fingerprints, and what to do. */
export function hostKeyFailure(
  place: Place,
  key: Buffer,
  known: readonly KnownKey[],
  verdict: 'new' | 'changed' | 'revoked',
  policy: 'accept' | 'refuse' = 'accept',
): Failure {
  const { address, port } = place;
  const host = placeText(place);
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const line = knownHostsLine(place, key);
  const approve = `ksocket hostkeys approve ${port === 22 ? address : `[${address}]:${port}`}`;
  if (verdict === 'new') {
    const why = policy === 'refuse' ? ' (hostKeys = "strict" in policy.toml)' : '';
    return failure('E_HOST_KEY', `new host ${host} shows ${shown}${why}`, {
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

/** The host, or something on the way, has ended the connection without a word. */
export const hungUp = (place: string, cause?: unknown): Failure =>
  failure('E_RESET', place, {
    cause,
    remedy:
      'if it stays so, the log of the SSH server there says why (journalctl -u ssh); a firewall on the way may do it too',
  });

/** How far the login was when the library gave up. */
export interface Standing {
  /** The key that the host showed, once it was judged. */
  readonly shown: Buffer | undefined;
  /** The host has proved that key. */
  readonly proved: boolean;
  /** Why no algorithm fits, where that is so. */
  readonly noAlgorithm: () => Failure | undefined;
}

/**
 * What ssh2 says, as a failure: it tells where an error arose in `level`, and the server’s reason for a disconnect (RFC 4253,
 * 11.1) as a number in `code`.
 */
export function translate(error: LibraryError, place: string, so: Standing): Failure {
  const as = (code: FailureCode, why = place) => failure(code, why, { cause: error });
  if (error.level === 'client-timeout') return as('E_TIMEOUT');
  if (error.level === 'client-socket') {
    const socket = asFailure(error, place);
    return socket.code === 'E_PLUGIN' || socket.code === 'E_RESET' ? hungUp(place, error) : socket;
  }
  if (typeof error.code === 'number') return error.code === tooManyConnections ? as('E_BUSY') : hungUp(place, error);
  if (error.level !== 'handshake' || so.proved) return as('E_PROTOCOL');
  if (so.shown !== undefined)
    return as('E_PROTOCOL', `${place}: the host does not prove its key ${fingerprint(so.shown)}`);
  return so.noAlgorithm() ?? as('E_PROTOCOL', `${place}: no key exchange`);
}
