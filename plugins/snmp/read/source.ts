/**
 * An agent together with which of its tables it has: where all readers ask. One question finds out about many tables, so an
 * absent MIB costs a part of a question.
 */
import { Failure } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { ErrorStatus } from '../conversation.js';
import { indexBelow } from '../oid.js';
import { isAbsent } from '../value.js';

/** Entry objects a question: the answer stays within one Ethernet frame unless most of them are long texts. */
const entriesAQuestion = 16;
/** sysUpTime.0, the question that every agent can answer. */
const sysUpTime = '1.3.6.1.2.1.1.3.0';

export interface Source {
  readonly agent: Agent;
  /** False only where the agent has said that nothing is below this OID. */
  has(entry: string): boolean;
  /** True only where the agent has shown that something is below this OID. */
  knows(entry: string): boolean;
}

/** A source that asks for everything, for contexts that have not been looked at. */
export const unexplored = (agent: Agent): Source => ({ agent, has: () => true, knows: () => false });

/** @throws Failure when the agent is gone */
export async function explore(agent: Agent, entries: readonly string[]): Promise<Source> {
  const absent = new Set<string>();
  const present = new Set<string>();
  for (let from = 0; from < entries.length; from += entriesAQuestion)
    await ask(agent, entries.slice(from, from + entriesAQuestion), { absent, present });
  return { agent, has: (entry) => !absent.has(entry), knows: (entry) => present.has(entry) };
}

interface Found {
  readonly absent: Set<string>;
  readonly present: Set<string>;
}

async function ask(agent: Agent, entries: readonly string[], found: Found): Promise<void> {
  try {
    const lists = await agent.following(entries, 1);
    entries.forEach((entry, i) => {
      const first = lists[i]?.[0];
      if (first === undefined) return;
      const isThere = !isAbsent(first) && indexBelow(entry, first.oid) !== undefined;
      (isThere ? found.present : found.absent).add(entry);
    });
  } catch (error) {
    if (error instanceof ErrorStatus) {
      // tooBig, or one that it chokes on: the halves say which. SNMPv1 agents refuse the last object of all.
      if (entries.length === 1) return;
      const half = entries.length >> 1;
      await ask(agent, entries.slice(0, half), found);
      await ask(agent, entries.slice(half), found);
      return;
    }
    // Then each table is asked for itself.
    await stillThere(agent, error);
  }
}

/** Silent to one question only, or gone? @throws Failure when it is gone, or the question failed otherwise */
export async function stillThere(agent: Agent, error: unknown): Promise<void> {
  if (agent.exhausted !== undefined) return;
  if (!(error instanceof Failure) || (error.code !== 'E_TIMEOUT' && error.code !== 'E_PROTOCOL')) throw error;
  await agent.get([sysUpTime]);
}
