/**
 * What can stand between an agent and its space, as one sentence each: what happened, where, and what to do next. Here: names
 * and TCP; beside it TLS, proxies, and the upgrade. A stranger's text is never quoted, but for a certificate's issuer and a
 * redirect's host, both cut and cleaned.
 */
import type { ProxyServer } from './proxy.js';

export interface Fault {
  readonly reason: string;
  /** The fault is on this machine: no interface, no address, no name server. */
  readonly local: boolean;
  /** Somebody answered and said no; to ask again changes nothing. */
  readonly refused: boolean;
}

/** The fault of an attempt, thrown where the stage is known. */
export class LinkFault extends Error implements Fault {
  override readonly name = 'LinkFault';
  readonly local: boolean;
  readonly refused: boolean;

  constructor(
    readonly reason: string,
    { local = false, refused = false, cause }: { local?: boolean; refused?: boolean; cause?: unknown } = {},
  ) {
    super(reason, cause === undefined ? undefined : { cause });
    this.local = local;
    this.refused = refused;
  }
}

/** One end that is talked to: how it is called, and the settings that lead to it. */
export interface Party {
  readonly name: string;
  readonly host: string;
  /** What an operator checks when it is the wrong one. */
  readonly settings: string;
  readonly isProxy: boolean;
  readonly encrypted: boolean;
}

export const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** An IPv6 address stands in brackets in a URL and nowhere else; a name may end with the root's dot (RFC 1034), no certificate's does. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$|\.$/g, '');

export function spaceParty(url: URL): Party {
  const encrypted = url.protocol === 'wss:';
  const host = bareHost(url);
  const name = hostPort(host, portOf(url));
  return { name, host, settings: 'connect.host and connect.port', isProxy: false, encrypted };
}

export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'wss:' ? 443 : 80));

export function proxyParty({ scheme, host, port, from }: ProxyServer): Party {
  const name = `the proxy ${hostPort(host, port)}`;
  return { name, host, settings: from, isProxy: true, encrypted: scheme === 'https' };
}

export const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

const looseNetwork: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']);

/** DNS and TCP. */
export function connectFault(error: unknown, party: Party): LinkFault {
  const code = codeOf(error);
  const say = (reason: string) => new LinkFault(reason, { local: looseNetwork.has(code), cause: error });
  const { name, settings } = party;
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NONAME':
    case 'EAI_NODATA':
      return nameFault(error, party);
    case 'ECONNREFUSED':
      return say(
        party.isProxy
          ? `${name} refuses the connection; check ${settings}, and that the proxy runs`
          : `${name} refuses the connection; check ${settings}, and that the space runs`,
      );
    case 'ETIMEDOUT':
      return say(silence(party));
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return say(`no route to ${name} (${code}); check the network of this machine, and ${settings}`);
    case 'EACCES':
    case 'EPERM':
      return say(`this machine does not permit the connection to ${name} (${code}); check its firewall`);
    case 'ECONNRESET':
    case 'EPIPE':
      return say(`${name} closed the connection at once; check ${settings}, and for a firewall between`);
    default:
      return say(`cannot connect to ${name}${code === '' ? '' : ` (${code})`}; check ${settings}`);
  }
}

/** A name without an address. EAI_AGAIN: the name server itself does not answer, so the network here is down. */
export function nameFault(error: unknown, party: Party): LinkFault {
  const code = codeOf(error);
  const check = party.isProxy ? party.settings : 'connect.host';
  return new LinkFault(`no address for ${party.host} (${code}); check ${check} and the name server of this machine`, {
    local: code === 'EAI_AGAIN',
    cause: error,
  });
}

/** Nobody answers; said by TCP after minutes, or by whoever lost patience before. */
export function silence({ name, settings, isProxy }: Party): string {
  const proxy = isProxy ? '' : '; if this network has a proxy, set connect.proxy';
  return `${name} does not answer (timed out); a firewall may drop the connection: check ${settings}${proxy}`;
}

/** The connection stands, but nothing comes over it. */
export function noAnswer({ name, settings }: Party): string {
  return `${name} takes the connection but does not answer (timed out); another service may have this port, or a firewall stand between: check ${settings}`;
}
