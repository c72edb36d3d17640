/** Somebody who answered: what it knows of its neighbours, and what it is. A table is walked once a session. */
import type { Address, Call, Clock, Neighbour, Secret, Section, Session } from 'ksocket/plugin';
import { Agent } from './agent.js';
import { CommunityMessages } from './community.js';
import { Conversation } from './conversation.js';
import type { Credential } from './credential.js';
import { edgesOf, isHostAddress } from './inet.js';
import { inspect } from './inspect/index.js';
import { asNeighbour } from './inspect/network.js';
import { readSystem, type SystemGroup } from './read/system.js';
import { Survey } from './survey.js';

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
