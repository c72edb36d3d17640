/** The network section. */
import { type Section, section } from 'ksocket/plugin';
import { addressOf, isVisitable } from '../parse/addresses.js';
import { isDefaultRoute, type Route } from '../parse/ip.js';
import { listeners } from '../parse/listeners.js';
import { nameServers } from '../parse/resolver.js';
import { present } from '../parse/text.js';
import type { Answers } from '../run.js';
import { answered, cutShort, stateOf, textOf } from './answers.js';
import { arpEntriesOf, interfacesOf, neighboursOf, routesOf } from './neighbours.js';

/** A router of the default-free zone has a million routes; the inventory is about this host. */
const maxRoutes = 4096;

export function networkSection(answers: Answers): Section<'network'> {
  const { parts } = answers;
  const interfaces = interfacesOf(parts);
  const routes = routesOf(parts).filter(isWorthTelling);
  const gateways = routes.flatMap((it) =>
    isDefaultRoute(it) && it.table === undefined && it.gateway
      ? [{ address: it.gateway, ...(it.interface && { interface: it.interface }) }]
      : [],
  );
  const neighbours = [...neighboursOf(parts)].filter((it) => it.source === 'arp' || it.source === 'nd');
  const dns = nameServers(textOf(parts, 'resolver'));
  const readRoutes = ['ip-route', 'proc-route', 'bsd-route'].some((name) => answered(parts, name) !== undefined);
  const readNeighbours = ['ip-neighbour', 'proc-arp', 'bsd-arp'].some((name) => parts.get(name)?.exit === 0);
  const missing = cutShort(answers, {
    interfaces: ['ip-address', 'ip-link', 'net-sys', 'ifconfig'],
    neighbours: ['ip-neighbour', 'bsd-arp'],
    routes: ['ip-route', 'ip-route6', 'bsd-route'],
  });
  const waiting = parts.has('listeners') ? listeners(textOf(parts, 'listeners')) : undefined;
  if (waiting?.truncated) missing.push({ field: 'listeners', state: 'truncated' });
  else if (waiting !== undefined && waiting.list.length > 0) {
    // A socket of the kernel has no process; that none has one is due to the tool.
    const state = stateOf(answers, 'listeners');
    const named = waiting.list.some((it) => it.process !== undefined);
    if (state !== 'ok' || !named)
      missing.push({ field: 'listeners.process', state: state === 'ok' ? 'tool-missing' : state });
  }
  if (routes.length > maxRoutes) missing.push({ field: 'routes', state: 'truncated' });
  return section(
    'network',
    {
      ...(interfaces.length > 0 && { interfaces }),
      ...(readRoutes && { gateways, routes: routes.slice(0, maxRoutes).map(toRoute) }),
      ...((readNeighbours || arpEntriesOf(parts).length > 0) && { neighbours }),
      ...(answered(parts, 'resolver') !== undefined && { dns }),
      ...(waiting !== undefined && { listeners: waiting.list }),
    },
    { missing, state: interfaces.length === 0 ? 'tool-missing' : 'ok' },
  );
}

/** Every interface has a link-local and a multicast route; they say nothing. */
function isWorthTelling(route: Route): boolean {
  const address = addressOf(route.destination.split('/', 1)[0]);
  return isDefaultRoute(route) || (address !== undefined && isVisitable(address));
}

function toRoute(route: Route) {
  const { destination, gateway, interface: device, table } = route;
  return { destination, ...present({ gateway, interface: device, table }) };
}
