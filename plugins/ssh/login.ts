/**
 * From an address and a credential to an authenticated ssh2 client, or to the one Failure that says why not: the keys are read,
 * the host is connected to and asked, and once more where it ends the connection before all keys were tried.
 */
import { type Address, asFailure, type Call, type Clock, type Failure, failure } from 'ksocket/plugin';
import type { ParsedKey } from 'ssh2';
import { Tries } from './authentication.js';
import { authenticate, type Login } from './connection.js';
import type { SshCredential } from './credential.js';
import { readIdentification } from './identification.js';
import type { KnownHosts } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';
import { Pauses, within } from './limit.js';
import { hostPort, placeText } from './login-failures.js';
import type { PrivateKeys } from './private-key.js';
import type { RefusedKeys } from './refused-keys.js';

/** Connections for one login. At least two keys are tried on each, however strict the server is. */
const maxConnections = 6;

const slow = 'where the host is only slow, a larger timeout in the credential file helps';

export type { Login } from './connection.js';

export interface LoginParts {
  readonly clock: Clock;
  readonly knownHosts: KnownHosts;
  readonly refusedKeys: RefusedKeys;
  readonly privateKeys: PrivateKeys;
}

/**
 * @throws Failure E_TIMEOUT, E_LOGIN, E_LOCKOUT, E_LOGIN_METHOD, E_HOST_KEY, E_CREDENTIAL, E_PROTOCOL, E_UNSUPPORTED, E_RESET, E_LIMIT,
 * and those of call.connect
 */
export async function login(
  address: Address,
  credential: SshCredential,
  call: Call,
  parts: LoginParts,
): Promise<Login> {
  const { port, account } = credential;
  const { username, password } = account;
  const place = `log in to ${hostPort(address, port)} as ${username}`;
  const { keys, unusable } = await readKeys(account.clientKeys, call, parts.privateKeys);
  if (unusable && keys.length === 0 && password === undefined) throw unusable;
  const tries = new Tries({ username, keys, password });
  try {
    for (let connections = 1; ; connections += 1) {
      const login = await connectOnce({ address, port, via: call.via }, credential, tries, place, call, parts);
      if (login !== 'again') return login;
      if (connections === maxConnections) throw tries.failure(place);
    }
  } catch (error) {
    const refused = asFailure(error, place);
    if (unusable && (refused.code === 'E_LOGIN' || refused.code === 'E_LOGIN_METHOD'))
      throw failure(refused.code, place, { cause: error, remedy: unusable.message });
    throw refused;
  }
}

async function connectOnce(
  host: Place,
  credential: SshCredential,
  tries: Tries,
  place: string,
  call: Call,
  parts: LoginParts,
): Promise<Login | 'again'> {
  const { address, port } = host;
  const ms = credential.timeout * 1000;
  const { clock } = parts;
  const { signal } = call;
  const known = await parts.knownHosts.keysOf(host);
  const connecting = `connect to ${placeText(host)}`;
  // Every hop connects and logs in within limits of its own file; the way to the target waits for them.
  const connectMs = ms * (1 + 2 * credential.sshTunnels.length);
  const socket = await within(
    { clock, signal, ms: connectMs, place: connecting, remedy: slow },
    call.connect(address, port),
    (late) => late.destroy(),
  );
  // Whoever listens later, an error must never be without a listener.
  socket.on('error', () => undefined);
  try {
    const began = clock.monotonic();
    const identification = await within({ clock, signal, ms, place, remedy: slow }, readIdentification(socket, place));
    const left = Math.max(1, ms - (clock.monotonic() - began));
    const pauses = new Pauses();
    const beforeSecret = (hostKey: string | undefined) => pauses.during(call.beforeSecret(hostKey));
    const attempt = authenticate(socket, {
      host,
      credential,
      known,
      tries,
      place,
      identification,
      call,
      parts,
      beforeSecret,
    });
    return await within({ clock, signal, ms: left, place, remedy: slow, pauses }, attempt);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function readKeys(
  files: SshCredential['account']['clientKeys'],
  call: Call,
  privateKeys: PrivateKeys,
): Promise<{ keys: ParsedKey[]; unusable: Failure | undefined }> {
  const keys: ParsedKey[] = [];
  let unusable: Failure | undefined;
  for (const { filename, passphrase } of files) {
    try {
      keys.push(privateKeys.parse(filename, await call.fileBeside(filename), passphrase));
    } catch (error) {
      // The files are candidates: one that cannot be read takes nothing from the others.
      const failed = asFailure(error, `read private key ${filename}`);
      if (failed.code !== 'E_CREDENTIAL') throw failed;
      call.log.warn('private key file not usable', { filename, reason: failed.message });
      unusable ??= failed;
    }
  }
  return { keys, unusable };
}
