/** What the makers’ own MIBs say of a device, for agents whose ENTITY-MIB is missing or says less. */
import { filledIn } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { isAgentNumber, type MakerObjects, makerOf, objectsOf } from '../tables.js';
import { text } from '../value.js';
import { readObjects } from './objects.js';

export interface MakerSays extends Partial<Record<keyof MakerObjects, string>> {
  /** The objects that answered. */
  readonly answered: readonly string[];
}

/** @throws Failure when the agent is gone */
export async function readMakerObjects(agent: Agent, enterprise: string | undefined): Promise<MakerSays> {
  const asked = Object.entries(objectsOf(enterprise)) as [keyof MakerObjects, string[]][];
  const answers = await readObjects(agent, [...new Set(asked.flatMap(([, oids]) => oids))]);
  const says: Partial<Record<keyof MakerObjects, string>> = {};
  const answered: string[] = [];
  let maker: string | undefined;
  for (const [field, oids] of asked)
    for (const oid of oids) {
      const value = filledIn(unquoted(text(answers.get(oid))));
      if (value === undefined || says[field] !== undefined) continue;
      says[field] = value;
      answered.push(oid);
      maker ??= makerOf(enterpriseOf(oid));
    }
  // An agent that runs on anything tells nothing of the machine; the MIB in which the machine answers is its maker’s.
  if (isAgentNumber(enterprise) && maker !== undefined) says.vendor ??= maker;
  return { ...says, answered };
}

/** Quotation marks around a value, as in `"NGFW4000`, are none of it. */
const unquoted = (value: string | undefined): string | undefined => value?.replace(/^"|"$/g, '');

function enterpriseOf(oid: string): string | undefined {
  return oid.startsWith('1.3.6.1.4.1.') ? oid.split('.', 7)[6] : undefined;
}
