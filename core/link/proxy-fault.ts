/** Why a proxy does not lead to the space, as a sentence that names the proxy as the one who said no. */
import type { IncomingHttpHeaders } from 'node:http';
import { LinkFault, type Party, proxyParty } from './fault.js';
import type { ProxyServer } from './proxy.js';

/** An HTTP proxy's answer to CONNECT. */
export function tunnelFault(status: number, headers: IncomingHttpHeaders, proxy: ProxyServer, space: Party): LinkFault {
  const { name, settings } = proxyParty(proxy);
  // tinyproxy says 401 where RFC 9110, 15.5.8 has 407.
  if (status === 407 || status === 401) {
    const offered = [headers['proxy-authenticate'] ?? headers['www-authenticate'] ?? ''].flat().join(',');
    if (offered !== '' && !/\bbasic\b/i.test(offered)) {
      return new LinkFault(
        `${name} wants a login that is not Basic (HTTP ${status}), which this agent does not have; ask for a Basic login, or for a rule without one`,
        { refused: true },
      );
    }
    return loginFault(proxy, `HTTP ${status}`);
  }
  if (status >= 500) {
    return new LinkFault(
      `${name} cannot reach ${space.name} (HTTP ${status}); check ${space.settings}, and whether the proxy may go there`,
    );
  }
  if (status >= 400) {
    return new LinkFault(
      `${name} does not permit the connection to ${space.name} (HTTP ${status}); have it allow CONNECT to this host and port`,
    );
  }
  return new LinkFault(
    `${name} answered HTTP ${status} to CONNECT; a captive portal may stand between, or ${settings} names no proxy`,
  );
}

/** The proxy wants to know who asks, and was not content. */
export function loginFault(proxy: ProxyServer, how: string): LinkFault {
  const { name, settings } = proxyParty(proxy);
  const place = settings === 'connect.proxy' ? settings : `${settings}, or in connect.proxy`;
  const reason =
    proxy.login === undefined
      ? `${name} asks for a user and a password (${how}); write them as ${proxy.scheme}://USER:PASSWORD@HOST:PORT in ${place}`
      : `${name} refuses its user or password (${how}); correct the proxy's login in ${place}`;
  return new LinkFault(reason, { refused: true });
}

/** Something that is no HTTP proxy, or no SOCKS5 server, answers. */
export function noProxyFault(error: unknown, proxy: ProxyServer): LinkFault {
  const { name, settings } = proxyParty(proxy);
  const kind = proxy.scheme.startsWith('socks') ? 'SOCKS5' : 'HTTP';
  return new LinkFault(`${name} does not speak ${kind}; check the scheme and the port in ${settings}`, {
    cause: error,
  });
}

/** The proxy took the connection and closed it without an answer. */
export function proxyClosedFault(error: unknown, proxy: ProxyServer): LinkFault {
  const { name, settings } = proxyParty(proxy);
  return new LinkFault(
    `${name} closed the connection without an answer; check the scheme and the port in ${settings}, and whether the proxy lets this machine in`,
    { cause: error },
  );
}

/** Replies of RFC 1928, 6, by the names that the library `socks` ends its messages with. */
const socksReplies: Readonly<Record<string, (proxy: string, space: string) => string>> = {
  Failure: (proxy, space) => `${proxy} could not connect to ${space}`,
  NotAllowed: (proxy, space) => `${proxy} does not permit the connection to ${space}`,
  NetworkUnreachable: (proxy, space) => `${proxy} has no network to ${space}`,
  HostUnreachable: (proxy, space) => `${proxy} does not find ${space}`,
  ConnectionRefused: (proxy, space) => `${space} refuses the connection of ${proxy}`,
  TTLExpired: (proxy, space) => `${proxy} had no answer from ${space} in time`,
  CommandNotSupported: (proxy) => `${proxy} makes no connections (command not supported)`,
  AddressNotSupported: (proxy, space) => `${proxy} does not know this kind of address: ${space}`,
};

/** What `socks` says went wrong. It gives no codes; its messages are constants of a pinned version, and tests meet them. */
export function socksFault(error: Error, proxy: ProxyServer, space: Party): LinkFault {
  const { message } = error;
  if (/Authentication failed|no accepted authentication type/i.test(message)) return loginFault(proxy, 'SOCKS5');
  const reply = socksReplies[/ - (\w+)$/.exec(message)?.[1] ?? ''];
  if (reply !== undefined) {
    const what = reply(proxyParty(proxy).name, space.name);
    return new LinkFault(`${what}; check ${space.settings}, and whether the proxy may go there`, { cause: error });
  }
  if (message === 'Socket closed') return proxyClosedFault(error, proxy);
  return noProxyFault(error, proxy);
}
