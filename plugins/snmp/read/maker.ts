/** What the makers’ own MIBs say of a device, for agents whose ENTITY-MIB is missing or says less. */
import { filledIn } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { type MakerObjects, objectsOf } from '../tables.js';
import { text } from '../value.js';

export type MakerSays = Partial<Record<keyof MakerObjects, string>>;

/** @throws Failure when the agent is gone */
export async function readMakerObjects(agent: Agent, enterprise: string | undefined): Promise<MakerSays> {
  const asked = Object.entries(objectsOf(enterprise)) as [keyof MakerObjects, string[]][];
  const pairs = asked.flatMap(([field, oids]) => oids.map((oid) => ({ field, oid })));
  const answers = await agent.get(pairs.map((it) => it.oid));
  const says: MakerSays = {};
  pairs.forEach(({ field }, i) => {
    const value = field === 'serial' ? filledIn(text(answers[i])) : text(answers[i]);
    if (value !== undefined) says[field] ??= value;
  });
  return says;
}
