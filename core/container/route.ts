/** The way to the space as the operator's settings have it: end point, proxy, whom TLS believes. */
import { endpointOf, expandHome, type FrozenSettings, type Home } from '../config/index.js';
import { failure } from '../contract/index.js';
import { proxyFor, type Route, readAuthorities } from '../link/index.js';

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
