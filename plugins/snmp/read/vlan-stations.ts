/**
 * The stations of a Cisco switch, whose BRIDGE-MIB is of one VLAN only: each VLAN is asked in a context of its own
 * (`public@10` by SNMPv2c, `vlan-10` by SNMPv3). The first one that is not answered ends it: then no VLAN is, as a rule, and
 * waiting for each of them would cost more than the table is worth.
 */
import { Failure } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import type { TableEnd } from '../table.js';
import { type Read, worse } from './addresses.js';
import { mostStations, readBasePorts, readStations, type Station } from './bridge.js';
import { FilteringDatabases } from './filtering-databases.js';
import { unexplored } from './source.js';

const sysUpTime = '1.3.6.1.2.1.1.3.0';
/** Of waiting for answers, all VLANs together: a campus switch has some hundred. */
const mostMilliseconds = 20_000;

/** @throws Failure when the agent is gone */
export async function readVlanStations(
  agent: Agent,
  vlans: readonly number[],
  nameOf: (ifIndex: number) => string | undefined,
): Promise<Read<Station>> {
  const items: Station[] = [];
  const ends: TableEnd[] = [];
  const started = agent.waitedMilliseconds;
  for (const vlan of vlans) {
    const left = mostStations - items.length;
    const late = agent.waitedMilliseconds - started > mostMilliseconds;
    if (left <= 0 || late || agent.exhausted !== undefined) {
      ends.push({ state: late ? 'timeout' : 'truncated', reason: `VLANs from ${vlan} on were not asked` });
      break;
    }
    try {
      const source = unexplored(agent.inVlan(vlan));
      const ports = await readBasePorts(source);
      const read = await readStations(source, { ports, databases: new FilteringDatabases(), nameOf });
      items.push(...read.items.slice(0, left).map((it) => ({ ...it, vlan })));
      ends.push(read.end);
    } catch (error) {
      if (!(error instanceof Failure) || !unanswered.has(error.code)) throw error;
      await agent.get([sysUpTime]);
      ends.push({ state: 'timeout', reason: `the agent does not answer for VLAN ${vlan}` });
      break;
    }
  }
  return { items, end: worse(...ends) };
}

/** What a context that is unknown or not permitted looks like. */
const unanswered = new Set(['E_TIMEOUT', 'E_UNSUPPORTED', 'E_LOGIN', 'E_PRIVILEGE', 'E_PROTOCOL', 'E_LIMIT']);
