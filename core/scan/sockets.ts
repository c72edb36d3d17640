/**
 * The sockets that plug-ins get: the policy is asked on the canonical address before anything is opened, and streams go
 * through the hops that the credential file names.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  type Address,
  asFailure,
  type Call,
  type Clock,
  Failure,
  type Finding,
  failure,
  familyOf,
  type Logger,
  parseAddress,
} from '../contract/index.js';
import { checkMode, readers, StrictModes } from '../credentials/index.js';
import type { Policy } from '../policy/index.js';
import { readBytes } from '../runtime/index.js';

export interface SocketParts {
  readonly policy: Policy;
  readonly clock: Clock;
  /** Hears of what the operator should look at, and logs it. */
  readonly found?: ((finding: Finding) => void) | undefined;
}

/** The way of a stream through hops. */
export interface Via {
  readonly hops: readonly Address[];
  connect(address: Address, port: number): Promise<Duplex>;
}

/** A connection attempt that has not answered by now will not: three SYNs have been sent (RFC 6298 with Linux's defaults: 1 s, 3 s, 7 s). */
const connectSeconds = 10;

export async function openStream(
  parts: SocketParts,
  address: Address,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const place = `connect to ${address} port ${port}`;
  const canonical = parseAddress(address);
  const refused = parts.policy.refusal(canonical, port);
  if (refused) throw refused;
  return new Promise((done, fail) => {
    const socket = connect({ host: canonical, port, noDelay: true });
    const settle = (error?: unknown): void => {
      takeBack();
      signal.removeEventListener('abort', stop);
      socket.removeListener('error', settle);
      if (error === undefined) return done(socket);
      socket.destroy();
      fail(asFailure(error, place));
    };
    const stop = () => settle(failure('E_CANCELLED', place));
    const takeBack = parts.clock.after(connectSeconds * 1000, () => settle(failure('E_TIMEOUT', place)));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) return stop();
    socket.once('connect', () => settle());
    socket.once('error', settle);
  });
}

/** Connected, so that the kernel drops datagrams of anybody else and reports ICMP port unreachable as ECONNREFUSED. */
export async function openDatagram(parts: SocketParts, address: Address, port: number): Promise<DatagramSocket> {
  const place = `send to ${address} port ${port}`;
  const canonical = parseAddress(address);
  const refused = parts.policy.refusal(canonical, port);
  if (refused) throw refused;
  const socket = createSocket(familyOf(canonical) === 4 ? 'udp4' : 'udp6');
  return new Promise((done, fail) => {
    const settle = (error?: unknown): void => {
      socket.removeListener('error', settle);
      if (!error) return done(socket);
      socket.close();
      fail(asFailure(error, place));
    };
    socket.once('error', settle);
    // Node tells the callback, not the event, that there is no route (its types do not say so); such a socket would hear everybody.
    socket.connect(port, canonical, settle as () => void);
  });
}

/** The call that a collector gets for one target. `via` carries its streams when the credential file names hops. */
export function makeCall(
  parts: SocketParts,
  about: {
    signal: AbortSignal;
    log: Logger;
    directory?: string | undefined;
    via?: Via | undefined;
    /** Nobody is logged in to without it. */
    beforeSecret?: ((host?: string) => Promise<void>) | undefined;
  },
): Call {
  const { signal, log, directory, via, beforeSecret = async () => undefined } = about;
  return {
    signal,
    log,
    via: via?.hops ?? [],
    newHostKeys: parts.policy.hostKeys === 'strict' ? 'refuse' : 'accept',
    found: parts.found ?? (({ text }) => log.warn(text)),
    beforeSecret,
    async connect(address, port) {
      if (via === undefined) return openStream(parts, address, port, signal);
      // Through a hop the target is still the operator's business.
      const refused = parts.policy.refusal(parseAddress(address), port);
      if (refused) throw refused;
      return via.connect(address, port);
    },
    datagram(address, port) {
      if (via !== undefined)
        throw failure('E_TUNNEL', `send to ${address} port ${port}: UDP does not go through SSH tunnels`);
      return openDatagram(parts, address, port);
    },
    async fileBeside(filename) {
      if (directory === undefined) throw failure('E_CREDENTIAL', `read ${filename}: no credential file names it`);
      const path = resolve(directory, filename);
      try {
        const groups = await readers(directory);
        const refused = await new StrictModes(groups).refusal(path);
        if (refused !== undefined) throw refused;
        await stat(path);
        return await readBytes(path, undefined, (it) => checkMode(path, it, groups));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (error instanceof Failure && code !== 'E_INPUT') throw error;
        const why = error instanceof Failure ? error.message : `read ${path}: ${code ?? String(error)}`;
        throw failure('E_CREDENTIAL', why, {
          cause: error,
          remedy: 'check that the file exists and that the service may read it',
        });
      }
    },
  };
}
