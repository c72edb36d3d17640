/** Single objects by name, for data tables that list where makers keep them. */
import type { Agent } from '../agent.js';
import { ErrorStatus } from '../conversation.js';
import { indexBelow } from '../oid.js';
import { isAbsent, type Varbind } from '../value.js';
import { stillThere } from './source.js';

/** Objects a question, so that the answer stays within one Ethernet frame. */
const objectsAQuestion = 20;

/**
 * The objects of these OIDs; one that ends in `.*` is the first object below, for tables whose index nobody can know.
 * @throws Failure when the agent is gone
 */
export async function readObjects(agent: Agent, oids: readonly string[]): Promise<ReadonlyMap<string, Varbind>> {
  const found = new Map<string, Varbind>();
  const columns = oids.filter((it) => it.endsWith('.*'));
  const scalars = oids.filter((it) => !it.endsWith('.*'));
  for (const part of parts(scalars)) {
    const answers = await agent.get(part);
    part.forEach((oid, i) => {
      const it = answers[i];
      if (it !== undefined) found.set(oid, it);
    });
  }
  for (const part of parts(columns)) await firstBelow(agent, part, found);
  return found;
}

async function firstBelow(agent: Agent, columns: readonly string[], found: Map<string, Varbind>): Promise<void> {
  if (agent.exhausted !== undefined) return;
  const roots = columns.map((it) => it.slice(0, -2));
  try {
    const lists = await agent.following(roots, 1);
    columns.forEach((column, i) => {
      const it = lists[i]?.[0];
      if (it !== undefined && !isAbsent(it) && indexBelow(roots[i]!, it.oid) !== undefined) found.set(column, it);
    });
  } catch (error) {
    if (error instanceof ErrorStatus) {
      if (columns.length > 1) for (const column of columns) await firstBelow(agent, [column], found);
      return;
    }
    await stillThere(agent, error);
  }
}

function* parts(oids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < oids.length; from += objectsAQuestion) yield oids.slice(from, from + objectsAQuestion);
}
