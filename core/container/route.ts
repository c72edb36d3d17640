/** The way to the space as the operator's settings have it: end point, proxy, whom TLS believes. */
import { endpointOf, expandHome, type FrozenSettings, type Home } from '../config/index.js';
import { failure, Secret } from '../contract/index.js';
import type { Route } from '../link/index.js';
// Not through the index, which has WebSocket behind it: here nobody goes the way yet.
import { isLoopback, proxyFor, proxySecrets } from '../link/proxy.js';
import { readAuthorities } from '../link/trust.js';
import type { ComposeOptions } from './options.js';

export { proxySecrets, readAuthorities };

export interface SpaceRoute extends Route {
  readonly url: URL;
}

export interface RouteOptions {
  readonly home: Home;
  readonly settings: FrozenSettings;
  /** KSOCKET_INSECURE. */
  readonly insecure: boolean;
}

/** @throws Failure E_INPUT for settings that lead nowhere */
export async function routeOf({ home, settings, insecure }: RouteOptions): Promise<SpaceRoute> {
  const { connect } = settings;
  const url = endpointOf(settings);
  if (connect.pins.length > 0 && url.protocol === 'ws:') {
    throw failure('E_INPUT', 'connect.pins is set, but ws has no keys that could be checked', {
      remedy: 'set connect.protocol to wss, or remove connect.pins',
    });
  }
  const proxy = proxyFor(url, connect.proxy);
  const authorities = connect.caFile === undefined ? [] : await readAuthorities(expandHome(connect.caFile, home));
  return { url, verify: !insecure, proxy, authorities, pins: connect.pins };
}

/** Whether orders can be trusted to come from the space: verified TLS, or no network at all between the two. */
export function linkOf({ settings, insecure }: Pick<ComposeOptions, 'settings' | 'insecure'>): {
  trusted: boolean;
  why: string;
} {
  const url = endpointOf(settings);
  // Through a proxy that the operator names, localhost is the proxy's; those of the environment are not asked for it.
  const local = isLoopback(url.hostname) && !(settings.connect.proxy instanceof Secret);
  if (url.protocol === 'ws:' && !local)
    return { trusted: false, why: 'connect.protocol is ws: the link to the space is not encrypted' };
  if (insecure && !local)
    return { trusted: false, why: 'KSOCKET_INSECURE is set: the certificate of the space is not verified' };
  return { trusted: true, why: '' };
}
