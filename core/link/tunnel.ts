/**
 * A tunnel through a proxy over a connection that already stands. Node's HTTP client speaks CONNECT, `socks` speaks SOCKS5.
 * The usual agent packages dial themselves: they keep a connection that was broken off open until the proxy deigns to answer,
 * lose the code of what went wrong, and write the password where DEBUG is set.
 */

import { lookup as systemLookup } from 'node:dns';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { SocksClient } from 'socks';
import type { Route } from './dial.js';
import { codeOf, hostPort, type LinkFault, nameFault, type Party } from './fault.js';
import { basicLogin, type ProxyServer } from './proxy.js';
import { noProxyFault, proxyClosedFault, socksFault, tunnelFault } from './proxy-fault.js';

export interface TunnelTarget {
  readonly space: Party;
  readonly port: number;
  readonly route: Route;
  readonly signal: AbortSignal;
}

/** The attempt as a whole has a limit of its own, which ends this; `socks` insists on having one. */
const longestMs = 3_600_000;

/** @param stream to the proxy; ended when there is no tunnel. @throws LinkFault */
export async function tunnel(stream: Socket, proxy: ProxyServer, target: TunnelTarget): Promise<Socket> {
  if (stream.destroyed) throw proxyClosedFault(undefined, proxy);
  const broken = () => stream.destroy();
  target.signal.addEventListener('abort', broken, { once: true });
  try {
    return await (proxy.scheme.startsWith('socks')
      ? socks(stream, proxy, target)
      : connectMethod(stream, proxy, target));
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    target.signal.removeEventListener('abort', broken);
  }
}

/** RFC 9110, 9.3.6. Node bounds what it reads of an answer (16 KiB of headers) and nothing of a body is read. */
function connectMethod(stream: Socket, proxy: ProxyServer, { space, port }: TunnelTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authority = hostPort(space.host, port);
    const ask = request({
      method: 'CONNECT',
      path: authority,
      createConnection: () => stream,
      headers: {
        host: authority,
        ...(proxy.login ? { 'proxy-authorization': `Basic ${basicLogin(proxy.login).reveal()}` } : {}),
      },
    });
    ask.once('connect', ({ statusCode = 0, headers }, socket: Socket, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299) return reject(tunnelFault(statusCode, headers, proxy, space));
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    ask.once('error', (error) => reject(brokenTunnel(error, proxy)));
    ask.end();
  });
}

/** Loaded when it is needed: few spaces are reached through such a proxy. */
const socksClient = () => (createRequire(import.meta.url)('socks') as { SocksClient: typeof SocksClient }).SocksClient;

/** RFC 1928, with the login of RFC 1929. */
async function socks(stream: Socket, proxy: ProxyServer, target: TunnelTarget): Promise<Socket> {
  const { space, port, route } = target;
  const host = proxy.scheme === 'socks5' ? await addressOf(space, route.lookup) : space.host;
  // The proxy may have lost patience with a slow name server, and will not say so again.
  if (stream.destroyed) throw proxyClosedFault(undefined, proxy);
  try {
    await socksClient().createConnection({
      command: 'connect',
      destination: { host, port },
      existing_socket: stream,
      timeout: longestMs,
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: 5,
        ...(proxy.login ? { userId: proxy.login.user, password: proxy.login.password.reveal() } : {}),
      },
    });
    return stream;
  } catch (error) {
    // Its error carries the options, and so the login: only the message goes on.
    throw socksFault(new Error((error as Error).message), proxy, space);
  }
}

/** socks5 asks the name server here. Which families the proxy has is not to be seen from here; IPv4 is what all have. */
function addressOf(space: Party, lookup: LookupFunction = systemLookup): Promise<string> {
  const { host } = space;
  if (isIP(host) !== 0) return Promise.resolve(host);
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : (found ?? []);
      const best = addresses.find(({ family }) => family === 4) ?? addresses[0];
      if (error || best === undefined) reject(nameFault(error ?? { code: 'ENODATA' }, space));
      else resolve(best.address);
    });
  });
}

function brokenTunnel(error: Error, proxy: ProxyServer): LinkFault {
  return codeOf(error).startsWith('HPE_') ? noProxyFault(error, proxy) : proxyClosedFault(error, proxy);
}
