/** Why the upgrade to a WebSocket fails where a connection stands, as a sentence: by status and kind of answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { codeOf, LinkFault, silence, spaceParty } from './fault.js';

/** An HTTP answer where 101 Switching Protocols was expected. */
export function upgradeFault(status: number, headers: IncomingHttpHeaders, url: URL): LinkFault {
  const { name, encrypted } = spaceParty(url);
  const html = /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  const to = redirect(headers.location);
  if (to?.hostname === url.hostname && to.protocol === 'https:' && !encrypted) {
    return new LinkFault(`${name} wants TLS (HTTP ${status}); set connect.protocol to wss, and connect.port`);
  }
  if (status < 400 && (html || status >= 300)) {
    const what = to === undefined ? 'a web page' : `a redirect to ${to.host.slice(0, 100)}`;
    return new LinkFault(
      `${name} answered with ${what} (HTTP ${status}), not a WebSocket: a captive portal or proxy stands between; log in to this network with a browser, or set connect.proxy`,
    );
  }
  switch (status) {
    case 401:
    case 403:
      return new LinkFault(
        `${name} refuses this agent (HTTP ${status}); check connect.token, and what stands before the space`,
        { refused: true },
      );
    case 404:
      return new LinkFault(
        `${name} has no end point for agents at ${url.pathname} (HTTP 404); check connect.host, connect.endpoint, and that a reverse proxy passes this path on`,
      );
    case 400:
    case 426:
      return new LinkFault(
        `${name} does not take the WebSocket (HTTP ${status}); a reverse proxy must pass Upgrade on${encrypted ? '' : ', or the port wants TLS: see connect.protocol'}`,
      );
    case 407:
      return new LinkFault(
        `a proxy between here and ${name} asks for a login (HTTP 407); name it with its user in connect.proxy`,
        { refused: true },
      );
    case 429:
      return new LinkFault(`${name} has had too many attempts from here (HTTP 429); it is tried again`);
    case 502:
    case 503:
    case 504:
      return new LinkFault(
        `${name} answers, but the space behind it does not (HTTP ${status}); see that the space runs`,
      );
    default:
      return new LinkFault(
        status >= 500
          ? `${name} has a fault of its own (HTTP ${status}); see the log of the space`
          : `${name} answered HTTP ${status} instead of a WebSocket; check connect.endpoint, and who answers there`,
      );
  }
}

/** What broke after TLS and before the WebSocket: the HTTP of the upgrade, or its answer. */
export function handshakeFault(error: unknown, url: URL): LinkFault {
  const { name, encrypted } = spaceParty(url);
  const code = codeOf(error);
  const say = (reason: string) => new LinkFault(reason, { cause: error });
  if (code.startsWith('HPE_')) {
    const next = encrypted ? 'check connect.port' : 'the port may want TLS: see connect.protocol and connect.port';
    return say(`${name} does not speak HTTP; ${next}`);
  }
  if (code === 'ETIMEDOUT') return say(silence(spaceParty(url)));
  if (code !== '') {
    const next = encrypted ? '' : ' The port may want TLS: see connect.protocol.';
    return say(`${name} closed the connection instead of answering (${code}); a proxy may stand between.${next}`);
  }
  return say(
    `${name} speaks WebSocket, but not the protocol of a space; check connect.endpoint, and who answers there`,
  );
}

/** Of this, only the host is shown: the rest is a stranger's text. */
const redirect = (location: string | undefined): URL | undefined =>
  location !== undefined && URL.canParse(location) ? new URL(location) : undefined;
