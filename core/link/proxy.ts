/** Which proxy leads to the space: the setting's, or the one that the usual variables of the environment name. */
import { createRequire } from 'node:module';
import type * as proxyFromEnv from 'proxy-from-env';
import { proxyComplaint, type Settings } from '../../config-schema/index.js';
import { failure, Secret } from '../contract/index.js';

/** By require, which takes half of the time that an import of CommonJS takes (Node 20). */
const { getProxyForUrl } = createRequire(import.meta.url)('proxy-from-env') as typeof proxyFromEnv;

export interface ProxyServer {
  readonly scheme: 'http' | 'https' | 'socks5' | 'socks5h';
  readonly host: string;
  readonly port: number;
  readonly login: { readonly user: string; readonly password: Secret } | undefined;
  /** Where an operator can correct it. */
  readonly from: string;
}

const defaultPorts: Readonly<Record<ProxyServer['scheme'], number>> = {
  http: 80,
  https: 443,
  socks5: 1080,
  socks5h: 1080,
};

const variables = 'the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)';

/**
 * @param url the end point
 * @param setting connect.proxy
 * @throws Failure E_INPUT when a variable holds what is no address of a proxy
 */
export function proxyFor(url: URL, setting: Settings['connect']['proxy']): ProxyServer | undefined {
  if (setting instanceof Secret) return parseProxy(setting.reveal(), 'connect.proxy');
  if (setting !== 'environment' || isLoopback(url.hostname)) return undefined;
  const text = fromEnvironment(url);
  if (text === '') return undefined;
  const wrong = proxyComplaint(text);
  if (wrong !== undefined) {
    throw failure('E_INPUT', `the proxy that ${variables} names ${wrong}`, {
      remedy: 'correct the variable, or set connect.proxy, which outranks it ("none" connects directly)',
    });
  }
  return parseProxy(text, variables);
}

/** What must never be written of a proxy, for the log’s redaction: its password as it is, in a URL, and in the header. */
export function proxySecrets({ login }: ProxyServer): Secret[] {
  if (login === undefined) return [];
  const password = login.password.reveal();
  return [login.password, new Secret(encodeURIComponent(password)), basicLogin(login)];
}

/** RFC 7617: the credentials of `Proxy-Authorization: Basic`. */
export const basicLogin = ({ user, password }: NonNullable<ProxyServer['login']>): Secret =>
  new Secret(Buffer.from(`${user}:${password.reveal()}`).toString('base64'));

/** This machine’s own space is not behind a proxy, and a ws:// link to it must not leave the machine (Go and curl agree). */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

function fromEnvironment(url: URL): string {
  // No system sets wss_proxy; the tunnel is that of https, and of http without encryption.
  const protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  const found = getProxyForUrl(`${protocol}//${url.host}/`);
  // Without a scheme the library takes the target's; everyone else, and so whoever wrote the variable, means http.
  const bare = found.slice(`${protocol}//`.length);
  const written = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  if (found !== '' && written.some((name) => process.env[name] === bare)) return `http://${bare}`;
  // GNOME writes socks://; its own programs let the proxy look up names.
  return found.replace(/^socks:\/\//, 'socks5h://');
}

function parseProxy(text: string, from: string): ProxyServer {
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1) as ProxyServer['scheme'];
  const named = url.username !== '' || url.password !== '';
  return {
    scheme,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPorts[scheme] : Number(url.port),
    login: named
      ? { user: decodeURIComponent(url.username), password: new Secret(decodeURIComponent(url.password)) }
      : undefined,
    from,
  };
}
