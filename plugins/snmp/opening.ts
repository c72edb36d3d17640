/** From a credential file to an agent that can be asked: which messages, over which socket. */
import type { Address, Call, Clock, Random } from 'ksocket/plugin';
import { Agent } from './agent.js';
import { CommunityMessages } from './community.js';
import { Conversation } from './conversation.js';
import type { Credential } from './credential.js';
import type { Messages } from './messages.js';
import type { Keys } from './usm/keys.js';
import { User } from './usm/user.js';
import { UserMessages } from './usm/user-messages.js';

export interface Opening {
  readonly address: Address;
  readonly credential: Credential;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly call: Call;
}

/** Sends nothing yet. @throws Failure E_POLICY, E_UNREACHABLE, E_TUNNEL, E_UNSUPPORTED */
export async function openAgent(opening: Opening): Promise<Agent> {
  const { address, credential, clock, call } = opening;
  const [place, messages] = messagesOf(opening);
  const socket = await call.datagram(address, credential.port);
  const { signal } = call;
  // Without the engine ID: before anything is authenticated the agent only says it, and may say that of another.
  const beforeSecret = () => call.beforeSecret();
  return new Agent(new Conversation({ socket, place, credential, messages, clock, signal, beforeSecret }));
}

/** A file with a user name is never read as one with a community name. */
function messagesOf({ address, credential, keys, clock, random }: Opening): readonly [place: string, Messages] {
  const { community, username, contextName = '' } = credential.authData;
  const asked = `ask ${address.includes(':') ? `[${address}]` : address}:${credential.port} by SNMP`;
  // The schema wants one of the two. A community name is no account: no agent locks anybody out for a wrong one, and is silent to
  // it as a host without an agent is, so that asking before it leaves (as each of its messages has it) would spare nobody.
  if (username === undefined) return [`${asked} v2c`, new CommunityMessages(community!.reveal())];
  const place = `${asked} v3 as ${username}`;
  const user = new User(credential.authData, keys);
  return [place, new UserMessages({ user, contextName, place, random, monotonic: () => clock.monotonic() })];
}
