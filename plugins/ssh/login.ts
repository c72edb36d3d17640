/**
 * From an address and a credential to an authenticated ssh2 client, or to the one Failure that says why not. The order of
 * events, which security rests on: identification, key exchange, the host proves its key, the key is judged and stored, and
 * only then the account is named.
 */
import type { Duplex } from 'node:stream';
import { type Address, asFailure, type Call, type Clock, type Failure, failure } from 'ksocket/plugin';
import ssh2, { type Client, type ParsedKey } from 'ssh2';
import { algorithms } from './algorithms.js';
import { authentication } from './authentication.js';
import type { SshCredential } from './credential.js';
import { readIdentification } from './identification.js';
import { fingerprint, judge, type KnownHosts, keyType } from './known-hosts.js';
import { within } from './limit.js';
import { hostKeyFailure, hostPort, type LibraryError, translate } from './login-failures.js';
import type { PrivateKeys } from './private-key.js';
import type { RefusedKeys } from './refused-keys.js';

/** A session may wait long between neighbours and inspection; NAT tables forget idle connections after minutes. */
const keepaliveIntervalMs = 30_000;
/** Unanswered keepalives until the peer counts as gone: a minute and a half, as OpenSSH’s ServerAliveCountMax. */
const keepaliveCount = 3;
/** How long the last bytes may take to leave. */
const goodbyeMs = 1000;
/** A host has a key of each type, and during a change two; more would only fill the file. */
const maxHostKeys = 16;

export interface Login {
  readonly client: Client;
  readonly place: string;
  /** Fingerprints of the keys that this host has proved in this session. */
  readonly hostKeys: ReadonlySet<string>;
  /** Says goodbye, which the server logs as such, and ends the connection. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
  /** The failure that ended the connection, once it has ended. */
  readonly ended: Promise<Failure>;
}

export interface LoginParts {
  readonly clock: Clock;
  readonly knownHosts: KnownHosts;
  readonly refusedKeys: RefusedKeys;
  readonly privateKeys: PrivateKeys;
}

/** @throws Failure E_TIMEOUT, E_LOGIN, E_HOST_KEY, E_CREDENTIAL, E_PROTOCOL, E_UNSUPPORTED, E_RESET, and those of call.connect */
export async function login(
  address: Address,
  credential: SshCredential,
  call: Call,
  parts: LoginParts,
): Promise<Login> {
  const { port, account } = credential;
  const place = `log in to ${hostPort(address, port)} as ${account.username}`;
  const ms = credential.timeout * 1000;
  const { clock } = parts;
  const { signal } = call;
  const { keys, unusable } = await readKeys(account.clientKeys, call, parts.privateKeys);
  if (unusable && keys.length === 0 && account.password === undefined) throw unusable;
  const known = await parts.knownHosts.keysOf(address, port);

  const connecting = `connect to ${hostPort(address, port)}`;
  // Every hop connects and logs in within limits of its own file; the way to the target waits for them.
  const connectMs = ms * (1 + 2 * credential.sshTunnels.length);
  const socket = await within(
    { clock, signal, ms: connectMs, place: connecting },
    call.connect(address, port),
    (late) => late.destroy(),
  );
  // Whoever listens later, an error must never be without a listener.
  socket.on('error', () => undefined);
  try {
    const began = clock.monotonic();
    await within({ clock, signal, ms, place }, readIdentification(socket, place));
    const left = Math.max(1, ms - (clock.monotonic() - began));
    const attempt = authenticate(socket, { address, credential, known, keys, place, call, parts });
    return await within({ clock, signal, ms: left, place }, attempt);
  } catch (error) {
    socket.destroy();
    const refused = asFailure(error, place);
    if (refused.code === 'E_LOGIN' && unusable)
      throw failure('E_LOGIN', place, { cause: error, remedy: unusable.message });
    throw refused;
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

interface Attempt {
  readonly address: Address;
  readonly credential: SshCredential;
  readonly known: Awaited<ReturnType<KnownHosts['keysOf']>>;
  readonly keys: readonly ParsedKey[];
  readonly place: string;
  readonly call: Call;
  readonly parts: LoginParts;
}

function authenticate(socket: Duplex, attempt: Attempt): Promise<Login> {
  const { address, credential, known, keys, place, call, parts } = attempt;
  const { port, account } = credential;
  const client = new ssh2.Client();
  const hostKeys = new Set<string>();
  let offered: Buffer | undefined;
  /** What we found wrong ourselves; it outranks what ssh2 makes of the connection that we then end. */
  let found: Failure | undefined;
  let refusals = () => false;
  let loggedIn = false;

  return new Promise((resolve, reject) => {
    let over: (failure: Failure) => void = () => undefined;
    const ended = new Promise<Failure>((settle) => {
      over = settle;
    });
    const fail = (why: Failure) => {
      found ??= why;
      over(found);
      reject(found);
      socket.destroy();
    };

    const hostVerifier = (key: Buffer): boolean => {
      offered = key;
      const verdict = judge(known, key);
      if (verdict === 'known' || (verdict === 'new' && credential.allowPasswordToNewHost)) return true;
      // A key exchange in the middle of a session asks again; that key was accepted at the beginning.
      if (verdict === 'new' && hostKeys.has(fingerprint(key))) return true;
      found = hostKeyFailure(address, port, key, known, verdict);
      if (verdict !== 'revoked')
        parts.refusedKeys
          .add(address, port, key)
          .catch((error) =>
            call.log.warn('refused host key not kept for ksocket hostkeys', { place, error: String(error) }),
          );
      return false;
    };

    /** The signature over the key exchange is verified now: the host has this key, it did not only show it. */
    const storeHostKey = async (): Promise<boolean> => {
      if (offered === undefined) return false;
      const print = fingerprint(offered);
      hostKeys.add(print);
      try {
        // Judged again: another session to this host may have stored a key since.
        const verdict = judge(await parts.knownHosts.keysOf(address, port), offered);
        if (verdict === 'changed' || verdict === 'revoked') {
          throw hostKeyFailure(address, port, offered, await parts.knownHosts.keysOf(address, port), verdict);
        }
        if (verdict === 'new') {
          const host = hostPort(address, port);
          call.log.warn('new host key stored', { host, type: keyType(offered), fingerprint: print });
          await parts.knownHosts.add(address, port, offered);
        }
        return true;
      } catch (error) {
        fail(asFailure(error, `store host key of ${hostPort(address, port)}`));
        return false;
      }
    };

    const { handler, refused } = authentication(
      { username: account.username, keys, password: account.password },
      storeHostKey,
    );
    refusals = () => !loggedIn && refused();

    client.on('ready', () => {
      loggedIn = true;
      const destroy = () => socket.destroy();
      const end = () => {
        client.end();
        if (socket.writableFinished || socket.destroyed) return destroy();
        const giveUp = parts.clock.after(goodbyeMs, destroy);
        socket.once('finish', destroy).once('close', giveUp);
      };
      resolve({ client, place, hostKeys, end, destroy, ended });
    });
    client.on('hostkeys', (proved) => {
      // OpenSSH tells its other keys to who has logged in and proves each, as in its UpdateHostKeys.
      for (const key of proved.slice(0, maxHostKeys)) {
        const blob = key.getPublicSSH();
        hostKeys.add(fingerprint(blob));
        parts.knownHosts
          .add(address, port, blob)
          .catch((error) => call.log.warn('further host key not stored', { place, error: String(error) }));
      }
    });
    client.on('change password', () =>
      fail(failure('E_LOGIN', place, { remedy: 'the password has expired: change it on the host' })),
    );
    client.on('error', (error: LibraryError) =>
      fail(found ?? translate(error, place, { judged: offered !== undefined, refused: refusals() })),
    );
    client.on('close', () => fail(found ?? failure(refusals() ? 'E_LOGIN' : 'E_RESET', place)));

    try {
      client.connect({
        sock: socket,
        username: account.username,
        ident: 'Ksocket',
        hostVerifier,
        authHandler: handler,
        algorithms: algorithms({ knownTypes: known.map((it) => it.type), legacy: credential.legacyAlgorithms }),
        // The limit is ours, by the core’s clock.
        readyTimeout: 0,
        keepaliveInterval: keepaliveIntervalMs,
        keepaliveCountMax: keepaliveCount,
      });
    } catch (error) {
      fail(asFailure(error, place));
    }
  });
}
