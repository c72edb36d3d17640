/** One user for every pair of security protocols, as the servers of the tests are told and as a credential file says it. Tests only. */
import type { AuthName, PrivName } from '../usm/protocols.js';

export interface TestUser {
  readonly name: string;
  readonly auth?: AuthName;
  readonly priv?: PrivName;
  readonly authKey?: string;
  readonly privKey?: string;
}

export function testUser(auth?: AuthName, priv?: PrivName): TestUser {
  // A name has 32 octets at most.
  const short = (it = '') => it.replace(/^usm/, '').replace(/(Auth|Priv)?Protocol$/, '');
  const name = [short(auth) || 'nobody', short(priv)].filter(Boolean).join('-').replace('Blumenthal', 'B');
  return {
    name,
    ...(auth && { auth, authKey: `canary-auth-${name}` }),
    ...(priv && { priv, privKey: `canary-priv-${name}` }),
  };
}

/** `authData` of a credential file. */
export function authDataOf({ name, auth, priv, authKey, privKey }: TestUser): Record<string, unknown> {
  return {
    username: name,
    ...(auth && { authProtocol: auth, authKey }),
    ...(priv && { privProtocol: priv, privKey }),
  };
}
