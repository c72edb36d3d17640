/** Somebody who answered: what it knows of its neighbours, and what it is. A table is walked once a session. */
import type { Clock, Neighbour, Section, Session } from 'ksocket/plugin';
import type { Agent } from './agent.js';
import { edgesOf, isHostAddress } from './inet.js';
import { inspect } from './inspect/index.js';
import { asNeighbour } from './inspect/network.js';
import { readSystem, type SystemGroup } from './read/system.js';
import { Survey } from './survey.js';

/** Asks the system group. @throws Failure E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_LOGIN, E_LOCKOUT, E_PRIVILEGE, E_UNSUPPORTED, E_PROTOCOL, E_CANCELLED */
export async function openSession(agent: Agent, clock: Clock): Promise<Session> {
  try {
    return new SnmpSession(agent, await readSystem(agent), clock);
  } catch (error) {
    agent.close();
    throw error;
  }
}

class SnmpSession implements Session {
  readonly #survey: Survey;

  constructor(
    private readonly agent: Agent,
    system: SystemGroup,
    clock: Clock,
  ) {
    this.#survey = new Survey(agent, system, clock);
  }

  async *neighbours(): AsyncGenerator<Neighbour> {
    const survey = this.#survey;
    const own = (await survey.addresses()).items;
    const told = new Set(own.flatMap((it) => edgesOf(it.address, it.prefix)));
    const isNew = (address: string) => isHostAddress(address) && !told.has(address) && told.add(address);
    for (const { address } of own) if (isNew(address)) yield { address, source: 'interface' };
    for (const entry of (await survey.cache()).items)
      if (!entry.own && !isGroup(entry.mac) && isNew(entry.address)) yield asNeighbour(entry);
    for (const { address, source } of await survey.told()) if (isNew(address)) yield { address, source };
    for (const { gateway, isDefault } of (await survey.routes()).items)
      if (gateway !== undefined && isNew(gateway)) yield { address: gateway, source: isDefault ? 'gateway' : 'route' };
  }

  inspect(): AsyncGenerator<Section> {
    return inspect(this.#survey);
  }

  close(): void {
    this.agent.close();
  }
}

/** The lowest bit of a MAC address’s first octet marks broadcast and multicast, which some devices list as static entries. */
function isGroup(mac: string | undefined): boolean {
  return mac !== undefined && /^.[13579bdf]/.test(mac);
}
