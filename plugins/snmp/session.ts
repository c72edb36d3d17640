/** Somebody who answered: what it knows of its neighbours, and what it is. A table is walked once a session. */
import {
  type Address,
  type Call,
  type Clock,
  type Missing,
  type Neighbour,
  type Secret,
  type Section,
  type Session,
  section,
} from 'ksocket/plugin';
import { Agent } from './agent.js';
import { batches, once, slices } from './batches.js';
import { CommunityMessages } from './community.js';
import { Conversation } from './conversation.js';
import type { Credential } from './credential.js';
import { edgesOf, isHostAddress } from './inet.js';
import { type OwnAddress, type Read, readAddresses } from './read/addresses.js';
import { Components } from './read/entity.js';
import { InstalledSoftware, readFilesystems, readProcessors } from './read/host-resources.js';
import { Interfaces } from './read/interfaces.js';
import { type MakerSays, readMakerObjects } from './read/maker.js';
import { type CacheEntry, readNeighbourCache } from './read/neighbour-cache.js';
import { type Route, readRoutes } from './read/routes.js';
import {
  describedSystem,
  only,
  readSystem,
  readSystemDetails,
  type SystemDetails,
  type SystemGroup,
} from './read/system.js';
import type { TableEnd } from './table.js';
import { makerOf } from './tables.js';

export interface Opening {
  readonly address: Address;
  readonly credential: Credential;
  readonly community: Secret;
  readonly clock: Clock;
  readonly call: Call;
}

/** Asks the system group by SNMPv2c. @throws Failure E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_POLICY, E_CANCELLED */
export async function openSession({ address, credential, community, clock, call }: Opening): Promise<Session> {
  const socket = await call.datagram(address, credential.port);
  const messages = new CommunityMessages(community.reveal());
  const place = `ask ${address.includes(':') ? `[${address}]` : address}:${credential.port} by SNMP v2c`;
  const agent = new Agent(new Conversation({ socket, place, credential, messages, clock, signal: call.signal }));
  try {
    return new SnmpSession(agent, await readSystem(agent), clock);
  } catch (error) {
    agent.close();
    throw error;
  }
}

class SnmpSession implements Session {
  readonly #addresses: () => Promise<Read<OwnAddress>>;
  readonly #cache: () => Promise<Read<CacheEntry>>;
  readonly #routes: () => Promise<Read<Route>>;

  constructor(
    private readonly agent: Agent,
    private readonly system: SystemGroup,
    private readonly clock: Clock,
  ) {
    this.#addresses = once(() => readAddresses(agent));
    this.#cache = once(() => readNeighbourCache(agent));
    this.#routes = once(() => readRoutes(agent));
  }

  async *neighbours(): AsyncGenerator<Neighbour> {
    const own = (await this.#addresses()).items;
    const told = new Set(own.flatMap((it) => edgesOf(it.address, it.prefix)));
    const isNew = (address: string) => isHostAddress(address) && !told.has(address) && told.add(address);
    for (const { address } of own) if (isNew(address)) yield { address, source: 'interface' };
    for (const entry of (await this.#cache()).items)
      if (!entry.own && !isGroup(entry.mac) && isNew(entry.address)) yield asNeighbour(entry);
    for (const { gateway, isDefault } of (await this.#routes()).items)
      if (gateway !== undefined && isNew(gateway)) yield { address: gateway, source: isDefault ? 'gateway' : 'route' };
  }

  async *inspect(): AsyncGenerator<Section> {
    const { agent, system } = this;
    const details = await readSystemDetails(agent, system, this.clock);
    yield section('networkDevice', {
      ...only('objectId', system.objectId),
      ...only('forwarding', details.forwarding),
    });
    const components = new Components(agent);
    for await (const batch of batches(components.rows())) yield section('networkDevice', { components: batch });
    if (components.end.state !== 'ok') yield section('networkDevice', {}, incomplete('components', components.end));

    const maker = await readMakerObjects(agent, system.enterprise);
    yield section('os', this.#os(details, maker, components));
    const product = this.#product(maker, components);
    const { engineId } = details;
    if (product.serial !== undefined || engineId !== undefined) {
      const vendor = product.serial === undefined ? undefined : product.vendor;
      yield section('identity', {
        ...only('serial', product.serial),
        ...only('vendor', vendor),
        ...only('engineId', engineId),
      });
    }
    yield* this.#hardware(product, details);
    yield* this.#network();
    const family = describedSystem(system).family;
    const software = new InstalledSoftware(agent, family);
    for await (const batch of batches(software.rows())) yield section('software', { packages: batch });
    if (software.end.state !== 'ok') yield section('software', {}, incomplete('packages', software.end));
  }

  close(): void {
    this.agent.close();
  }

  #os(details: SystemDetails, maker: MakerSays, components: Components): Section<'os'>['data'] {
    const described = describedSystem(this.system);
    // FortiOS says `v7.0.5,build0304,211028 (GA)` in one object.
    const own = maker.version?.split(',')[0];
    const version = described.version ?? own ?? (components.chassis ?? components.whole)?.software;
    return {
      ...described,
      ...only('version', version),
      ...only('hostname', this.system.name),
      ...only('description', this.system.description),
      ...only('contact', details.contact),
      ...only('location', details.location),
      ...only('bootTime', details.bootTime),
      ...only('timezone', details.timezone),
    };
  }

  /** A chassis speaks for the device; then the maker’s own objects, then whatever else holds all the rest. */
  #product(maker: MakerSays, components: Components): NonNullable<Section<'hardware'>['data']['product']> {
    const { chassis, whole } = components;
    const rest = chassis === undefined && (maker.serial ?? maker.model) === undefined ? whole : chassis;
    return {
      ...only('vendor', rest?.vendor ?? maker.vendor ?? makerOf(this.system.enterprise)),
      ...only('name', rest?.description ?? maker.name),
      ...only('model', rest?.model ?? maker.model),
      ...only('version', rest?.hardware),
      ...only('serial', rest?.serial ?? maker.serial),
      ...only('firmware', rest?.firmware ?? maker.firmware),
    };
  }

  async *#hardware(product: object, details: SystemDetails): AsyncGenerator<Section> {
    const { threads, end: devices } = await readProcessors(this.agent);
    const { items, end: storages } = await readFilesystems(this.agent);
    const data = {
      ...(Object.keys(product).length > 0 ? { product } : {}),
      ...(threads > 0 ? { cpu: { threads } } : {}),
      ...(details.memoryKiB === undefined ? {} : { memory: { totalKiB: details.memoryKiB } }),
      ...(items.length > 0 ? { storage: { filesystems: [...items] } } : {}),
    };
    const missing = [...missingOf('cpu', devices), ...missingOf('storage.filesystems', storages)];
    const state = missing[0]?.state ?? 'ok';
    if (Object.keys(data).length > 0 || missing.length > 0) yield section('hardware', data, { state, missing });
  }

  async *#network(): AsyncGenerator<Section> {
    const addresses = await this.#addresses();
    const interfaces = new Interfaces(this.agent, addresses.items);
    const names = new Map<number, string>();
    const burntIn = new Set<string>();
    for await (const rows of batches(interfaces.rows())) {
      for (const row of rows) {
        names.set(row.interface.index!, row.interface.name);
        if (row.burntIn !== undefined) burntIn.add(row.burntIn);
      }
      yield section('network', { interfaces: rows.map((row) => row.interface) });
    }
    if (burntIn.size > 0) yield section('identity', { macs: [...burntIn] });
    const nothing: Missing[] =
      names.size === 0 && interfaces.end.state === 'ok'
        ? [{ field: 'interfaces', state: 'unsupported', reason: 'no ifTable' }]
        : [];

    const nameOf = (ifIndex: number | undefined) =>
      only('interface', ifIndex === undefined ? undefined : names.get(ifIndex));
    const routes = await this.#routes();
    for (const part of slices(routes.items)) {
      const gateways = part.filter((it) => it.isDefault && it.gateway !== undefined);
      yield section('network', {
        ...(gateways.length > 0
          ? { gateways: gateways.map((it) => ({ address: it.gateway!, ...nameOf(it.ifIndex) })) }
          : {}),
        routes: part.map((it) => ({
          destination: it.destination,
          ...only('gateway', it.gateway),
          ...nameOf(it.ifIndex),
        })),
      });
    }
    const cache = await this.#cache();
    const others = cache.items.filter((it) => !it.own);
    for (const part of slices(others))
      yield section('network', { neighbours: part.map((it) => ({ ...asNeighbour(it), ...nameOf(it.ifIndex) })) });

    const missing = [
      ...nothing,
      ...missingOf('interfaces', interfaces.end),
      ...missingOf('interfaces.addresses', addresses.end),
      ...missingOf('routes', routes.end),
      ...missingOf('neighbours', cache.end),
    ];
    if (missing.length > 0) yield section('network', {}, { state: missing[0]!.state, missing });
  }
}

function asNeighbour(entry: CacheEntry): Neighbour {
  return { address: entry.address, ...only('mac', entry.mac), source: entry.address.includes(':') ? 'nd' : 'arp' };
}

function missingOf(field: string, end: TableEnd): Missing[] {
  return end.state === 'ok' ? [] : [{ field, state: end.state, ...only('reason', end.reason) }];
}

function incomplete(field: string, end: TableEnd): { state: TableEnd['state']; missing: Missing[] } {
  return { state: end.state, missing: missingOf(field, end) };
}

/** The lowest bit of a MAC address’s first octet marks broadcast and multicast, which some devices list as static entries. */
function isGroup(mac: string | undefined): boolean {
  return mac !== undefined && /^.[13579bdf]/.test(mac);
}
