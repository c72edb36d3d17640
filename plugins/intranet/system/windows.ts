/** What Windows says of its routes and neighbours through IP Helper. */
import type { IpHelper } from '../sockets/ip-helper.js';
import { readForwardTable, readNetTable } from '../wire/ip-helper.js';
import type { CachedNeighbour, Neighbourhood, Route } from './neighbourhood.js';

/** `fallback` speaks where IP Helper cannot be loaded. */
export function windows(load: () => Promise<IpHelper | object>, fallback: Neighbourhood): Neighbourhood {
  const either = async <T>(ask: (helper: IpHelper) => T, otherwise: () => Promise<T>): Promise<T> => {
    const helper = await load();
    return 'forwardTable' in helper ? ask(helper) : otherwise();
  };
  return {
    routes: () => either(routes, fallback.routes),
    gateways: () =>
      either(
        (helper) => [...new Set(routes(helper).flatMap((it) => (it.prefix === 0 ? (it.gateway ?? []) : [])))],
        fallback.gateways,
      ),
    neighbours: () => either(neighbours, fallback.neighbours),
  };
}

function routes(helper: IpHelper): Route[] {
  const name = names(helper);
  return readForwardTable(helper.forwardTable()).map((it) => ({
    destination: it.destination,
    prefix: it.prefix,
    gateway: it.gateway,
    interface: name(it.interfaceIndex),
    metric: it.metric,
    // The table of Windows knows no rejecting routes.
    reject: false,
  }));
}

function neighbours(helper: IpHelper): CachedNeighbour[] {
  const name = names(helper);
  return readNetTable(helper.netTable()).map(({ address, mac, interfaceIndex }) => ({
    ...{ address, mac, interface: name(interfaceIndex) },
  }));
}

/** Tables tell indices, everybody else tells names. */
function names(helper: IpHelper): (index: number) => string {
  const known = new Map<number, string>();
  return (index) => {
    const name = known.get(index) ?? helper.interfaceAlias(index) ?? `interface ${index}`;
    known.set(index, name);
    return name;
  };
}
