/**
 * One connection to one host, from its identification to who is logged in. The order of events, which security rests on: key
 * exchange, the host proves its key, the key is judged and stored, and only then the account is named.
 */
import type { Duplex } from 'node:stream';
import { asFailure, type Call, type Failure, failure } from 'ksocket/plugin';
import ssh2, { type Client } from 'ssh2';
import { algorithms } from './algorithms.js';
import type { Tries } from './authentication.js';
import { BelievedKey } from './believed-key.js';
import type { SshCredential } from './credential.js';
import type { KnownKey } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';
import type { LoginParts } from './login.js';
import { hungUp, type LibraryError, placeText, translate } from './login-failures.js';
import { isOpenToPrefixTruncation, noAlgorithm, type Offer, offerIn } from './offer.js';
import { Traffic } from './traffic.js';

/** A session may wait long between neighbours and inspection; NAT tables forget idle connections after minutes. */
const keepaliveIntervalMs = 30_000;
/** Unanswered keepalives until the peer counts as gone: a minute and a half, as OpenSSH’s ServerAliveCountMax. */
const keepaliveCount = 3;
/** How long the last bytes may take to leave. */
const goodbyeMs = 1000;
/** A server’s offer comes in the first packets. */
const maxOfferBytes = 64 * 1024;

export interface Login {
  readonly client: Client;
  readonly host: Place;
  readonly place: string;
  /** What the server calls itself: `SSH-2.0-OpenSSH_9.2p1 Debian-2` (RFC 4253, 4.2). */
  readonly identification: string;
  /** Fingerprints of the keys that this host has proved in this session. */
  readonly hostKeys: ReadonlySet<string>;
  /** Says goodbye, which the server logs as such, and ends the connection. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
  /** Ends it at once for a reason of our own. */
  giveUp(why: Failure): void;
  /** The failure that ended the connection, once it has ended. */
  readonly ended: Promise<Failure>;
  isOpen(): boolean;
  /** Calls at the moment at which the connection is lost, before the channels in it end; returns how to take that back. */
  whenLost(hear: (why: Failure) => void): () => void;
  /** So many bytes of what was asked for have come. */
  delivered(bytes: number): void;
}

export interface Attempt {
  readonly host: Place;
  readonly credential: SshCredential;
  readonly known: readonly KnownKey[];
  readonly tries: Tries;
  readonly place: string;
  readonly identification: string;
  readonly call: Call;
  readonly parts: LoginParts;
  /** `Call.beforeSecret`, in time that is not the server’s. */
  readonly beforeSecret: (hostKey: string | undefined) => Promise<void>;
}

/** `again`: the server has ended the connection, and there is more to try. @throws Failure */
export function authenticate(socket: Duplex, attempt: Attempt): Promise<Login | 'again'> {
  const { host, credential, known, tries, place, identification, call, parts } = attempt;
  const client = new ssh2.Client();
  const key = new BelievedKey({ ...parts, host, known, call, acceptsNew: credential.allowPasswordToNewHost });
  const traffic = new Traffic(place);
  const knownTypes = known.filter((it) => !it.revoked).map((it) => it.type);
  const ours = algorithms({ knownTypes, legacy: credential.legacyAlgorithms });
  let offer: Offer | 'none' | undefined;
  let loggedIn = false;
  let proved = false;
  /** What we found wrong ourselves; it outranks what ssh2 makes of the connection that we then end. */
  let found: Failure | undefined;

  return new Promise((resolve, reject) => {
    let over: (failure: Failure) => void = () => undefined;
    const ended = new Promise<Failure>((settle) => {
      over = settle;
    });
    let open = true;
    const losers = new Set<(why: Failure) => void>();
    const fail = (why: Failure) => {
      open = false;
      found ??= why;
      over(found);
      for (const hear of losers) hear(found);
      losers.clear();
      reject(found);
      socket.destroy();
    };
    /** The server has ended the connection, in order or with a reason. */
    const left = (why: Failure, cause?: Error) => {
      if (loggedIn || found !== undefined) return fail(why);
      // A hop that dies looks like a target that hangs up; only the target’s own word counts as its refusal then.
      if (cause === undefined && host.via.length > 0) return fail(why);
      const again = tries.ended();
      if (!again) return fail(tries.refused ? tries.failure(place, { cause, remedy: tries.hungUpOn }) : why);
      resolve('again');
      socket.destroy();
    };

    const exchange = (mode: { cipher: string; mac: string }): Failure | undefined => {
      if (credential.legacyAlgorithms || (typeof offer === 'object' && offer.strict)) return undefined;
      if (!isOpenToPrefixTruncation(mode.cipher, mode.mac)) return undefined;
      return failure('E_UNSUPPORTED', `${place}: ${mode.cipher} without strict key exchange (CVE-2023-48795)`, {
        remedy: 'permit aes256-gcm@openssh.com or aes256-ctr on the server, or set legacyAlgorithms = true',
      });
    };

    const hostVerifier = (shown: Buffer): boolean => {
      const refused = key.judge(shown);
      found ??= refused;
      return refused === undefined;
    };
    const storeHostKey = async (): Promise<boolean> => {
      try {
        await key.store();
        return found === undefined;
      } catch (error) {
        fail(asFailure(error, `store host key of ${placeText(host)}`));
        return false;
      }
    };

    client.on('handshake', ({ cs, sc }) => {
      proved = true;
      const wrong =
        traffic.exchanged() ??
        exchange({ cipher: cs.cipher, mac: cs.mac }) ??
        exchange({ cipher: sc.cipher, mac: sc.mac });
      if (wrong !== undefined) fail(wrong);
    });
    client.on('ready', () => {
      if (loggedIn || found !== undefined) return;
      loggedIn = true;
      traffic.loggedIn();
      if (tries.isOpenDoor)
        call.found({
          finding: 'open-login',
          text: `${placeText(host)} lets ${credential.account.username} in without a password or key`,
          address: host.address,
        });
      const destroy = () => socket.destroy();
      const end = () => {
        client.end();
        if (socket.writableFinished || socket.destroyed) return destroy();
        const giveUp = parts.clock.after(goodbyeMs, destroy);
        socket.once('finish', destroy).once('close', giveUp);
      };
      resolve({
        client,
        host,
        place,
        identification,
        hostKeys: key.proved,
        end,
        destroy,
        giveUp: fail,
        ended,
        isOpen: () => open && !socket.destroyed,
        whenLost(hear) {
          if (!open) hear(found ?? hungUp(place));
          losers.add(hear);
          return () => void losers.delete(hear);
        },
        delivered: (bytes) => traffic.delivered(bytes),
      });
    });
    client.on('hostkeys', (keys) => key.further(keys));
    client.on('change password', () =>
      fail(
        failure('E_LOGIN_METHOD', `${place}: the password has expired`, { remedy: 'change the password on the host' }),
      ),
    );
    client.on('error', (error: LibraryError) => {
      if (found !== undefined) return fail(found);
      // The handler has nothing more to give: it, or the limit on one connection, has ended it.
      if (error.level === 'client-authentication') return left(tries.failure(place, { cause: error }), error);
      const noCommon = () => (typeof offer === 'object' ? noAlgorithm(offer, ours, place) : undefined);
      const why = translate(error, place, { shown: key.shown, proved, noAlgorithm: noCommon });
      if (typeof error.code === 'number' && why.code === 'E_RESET') return left(why, error);
      fail(why);
    });
    // A tunnel stays half open as long as nobody writes, but with half of a connection nobody can be talked to.
    const gone = () => left(found ?? hungUp(place));
    client.on('end', gone).on('close', gone);

    try {
      client.connect({
        sock: socket,
        username: credential.account.username,
        ident: 'Ksocket',
        hostVerifier,
        authHandler: tries.handler(storeHostKey, fail, place, () => attempt.beforeSecret(key.provedFirst)),
        algorithms: ours,
        // The limit is ours, by the core’s clock.
        readyTimeout: 0,
        keepaliveInterval: keepaliveIntervalMs,
        keepaliveCountMax: keepaliveCount,
      });
    } catch (error) {
      return fail(asFailure(error, place));
    }
    // Beside ssh2, which has paused the stream and listens later.
    let first = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const tooMuch = traffic.received(chunk.length, socket.writableLength);
      if (tooMuch !== undefined) return fail(tooMuch);
      if (offer !== undefined) return;
      first = Buffer.concat([first, chunk]);
      offer = offerIn(first) ?? (first.length > maxOfferBytes ? 'none' : undefined);
      if (offer !== undefined) first = Buffer.alloc(0);
    });
  });
}
