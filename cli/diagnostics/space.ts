/** What the settings say of the way to the space, as the manual's table has it, and below it what the manual has not. */
import { endpointText, type FrozenSettings } from '../../core/config/index.js';
import { proxySecrets, routeOf, type SpaceRoute } from '../../core/container/route.js';
import type { Examination } from './examination.js';
import type { Fact } from './facts.js';
import { maskProxy } from './mask.js';
import { settingsFor } from './settings.js';

export interface SpaceSettings {
  readonly settings: FrozenSettings;
  readonly route: SpaceRoute;
}

/** Settings and where they lead; where they lead nowhere, a step says why. */
export async function spaceFor(examination: Examination): Promise<SpaceSettings | undefined> {
  const settings = await settingsFor(examination);
  if (settings === undefined) return undefined;
  try {
    const route = await routeOf({ home: examination.home, settings, insecure: examination.insecure });
    if (route.proxy !== undefined) examination.redactor.addAll(proxySecrets(route.proxy));
    return { settings, route };
  } catch (error) {
    await examination.fails('Read KSOCKET_CONFIG as config file', error);
    return undefined;
  }
}

export function statesSpace(examination: Examination, { settings, route }: SpaceSettings): void {
  const { connect } = settings;
  const { url, proxy, pins = [] } = route;
  const endpoint = endpointText(settings);
  const more: Fact[] = [];
  if (proxy !== undefined) {
    const { scheme, host, port, from, login } = proxy;
    const shown = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    more.push(['Proxy', `${shown} (${login === undefined ? '' : 'with a login, '}from ${from})`]);
  }
  if (connect.caFile !== undefined) more.push(['CA file', connect.caFile]);
  if (pins.length > 0) more.push(['Pins', String(pins.length)]);
  examination.states([['KSOCKET_INSECURE', examination.insecure ? 'True' : 'False']]);
  examination.states(
    [
      ['Host', connect.host ?? ''],
      ['Port', String(connect.port)],
      ['Protocol', connect.protocol],
      ['Endpoint', url.username === '' && url.password === '' ? endpoint : maskProxy(endpoint)],
      ...more,
    ],
    2,
  );
}
