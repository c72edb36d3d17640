/**
 * The way to the space below the WebSocket: names, TCP, a proxy's tunnel, TLS. Each stage knows whom it talks to, so each
 * says itself what went wrong. Nothing of the token is written before the peer is verified.
 */
import { lookup as systemLookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { bareHost, connectFault, noAnswer, type Party, portOf, proxyParty, silence, spaceParty } from './fault.js';
import type { ProxyServer } from './proxy.js';
import { tlsFault } from './tls-fault.js';
import { type TrustOptions, trustOptions } from './trust.js';

/** What the operator says about the way. */
export interface Route {
  /** False only under KSOCKET_INSECURE: certificate, name and pins of the space are not looked at. A proxy’s always are. */
  readonly verify: boolean;
  readonly proxy?: ProxyServer | undefined;
  /** PEM certificates that are trusted besides the usual authorities. */
  readonly authorities?: readonly string[] | undefined;
  /** connect.pins */
  readonly pins?: readonly string[] | undefined;
  /** For tests, which ask no name server. */
  readonly lookup?: LookupFunction | undefined;
}

/** A stage that is behind us. Through a proxy, name and connection are the proxy's. */
export type Reached =
  /** The host has these addresses: as the name server says, or because it is one. */
  | { readonly stage: 'resolved'; readonly addresses: readonly string[] }
  /** TCP, with the one of them that answered, from this address of ours. */
  | { readonly stage: 'connected'; readonly address: string; readonly localAddress: string }
  | { readonly stage: 'tunnelled' }
  /** TLS with the space itself. */
  | { readonly stage: 'secured'; readonly protocol: string; readonly issuer: string; readonly validTo: string };

export type Stage = Reached['stage'];

export interface DialEvents {
  /** Hears before each stage what is to be said if the attempt is broken off in it. */
  waiting(reason: string): void;
  reached?(stage: Reached): void;
}

/**
 * Node gives each address of a name its turn and drops it after 250 ms, which a satellite or a radio link does not make. A
 * dead address mostly answers at once (refused, no route); only one that swallows packets costs this.
 */
const addressTurnMs = 2500;

/** A stream to the space, verified if it is wss. @throws LinkFault */
export async function dial(url: URL, route: Route, signal: AbortSignal, events: DialEvents): Promise<Duplex> {
  const space = spaceParty(url);
  const { proxy, authorities = [], pins = [], verify } = route;
  const waiting = (reason: string) => events.waiting(reason);
  let stream: Socket;
  if (proxy === undefined) {
    waiting(silence(space));
    stream = await reach(bareHost(url), portOf(url), space, route, signal, events);
  } else {
    const party = proxyParty(proxy);
    waiting(silence(party));
    stream = await reach(proxy.host, proxy.port, party, route, signal, events);
    waiting(noAnswer(party));
    if (proxy.scheme === 'https') stream = await secure(stream, party, { authorities, verify: true }, signal);
    const { tunnel } = await import('./tunnel.js');
    stream = await tunnel(stream, proxy, { space, port: portOf(url), route, signal });
    events.reached?.({ stage: 'tunnelled' });
  }
  waiting(noAnswer(space));
  if (!space.encrypted) return stream;
  const secured = await secure(stream, space, { authorities, pins, verify }, signal);
  events.reached?.({
    stage: 'secured',
    protocol: secured.getProtocol() ?? '',
    issuer: issuerOf(secured),
    validTo: secured.getPeerCertificate().valid_to ?? '',
  });
  return secured;
}

/** Name and TCP. Asks the name server anew at every attempt: nothing here remembers an address. @throws LinkFault */
export function reach(
  host: string,
  port: number,
  party: Party,
  { lookup = systemLookup as LookupFunction }: Pick<Route, 'lookup'>,
  signal: AbortSignal,
  events: Pick<DialEvents, 'reached'>,
): Promise<Socket> {
  const resolved = (addresses: readonly string[]) => events.reached?.({ stage: 'resolved', addresses });
  // Node asks nobody for an address that is one already.
  if (isIP(host) !== 0) resolved([host]);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      signal,
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressTurnMs,
      lookup: (name, options, answer) =>
        lookup(name, options, (error, found, family) => {
          if (!error) resolved(typeof found === 'string' ? [found] : found.map(({ address }) => address));
          answer(error, found, family);
        }),
    });
    const failed = (error: Error) => reject(connectFault(error, party));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      // Whoever takes it over listens itself; an error in between must not end the process.
      socket.on('error', () => undefined);
      const { remoteAddress: address = host, localAddress = '' } = socket;
      events.reached?.({ stage: 'connected', address, localAddress });
      resolve(socket);
    });
  });
}

function secure(
  stream: Socket,
  party: Party,
  trust: Omit<TrustOptions, 'host'>,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const { host } = party;
  return new Promise((resolve, reject) => {
    // Ended in between, it would never say so again.
    if (stream.destroyed) return reject(tlsFault({ code: 'ECONNRESET' }, party));
    const socket = tls.connect({
      ...trustOptions({ ...trust, host }),
      socket: stream,
      // Server Name Indication takes no addresses (RFC 6066, 3).
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
    });
    let issuer = '';
    const broken = () => socket.destroy();
    const failed = (error: Error) => {
      signal.removeEventListener('abort', broken);
      stream.destroy();
      reject(tlsFault(error, party, issuer));
    };
    signal.addEventListener('abort', broken, { once: true });
    // Before Node judges the certificate and, if it is not good, lets go of it: only its issuer's name is kept.
    socket.prependListener('secure', () => {
      issuer = issuerOf(socket);
    });
    socket.once('error', failed);
    const closed = () => failed(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    socket.once('close', closed);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', broken);
      socket.off('error', failed);
      socket.off('close', closed);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** Whoever signed the certificate that was shown, by its own words: short, one line, no control characters or quotes. */
function issuerOf(socket: tls.TLSSocket): string {
  const { issuer } = socket.getPeerCertificate();
  const name = [issuer?.O, issuer?.CN].flat().filter((part) => part !== undefined && part !== '');
  return [...new Set(name)]
    .join(', ')
    .replace(/[^\p{L}\p{N} .,:@()_-]/gu, '?')
    .slice(0, 100);
}
