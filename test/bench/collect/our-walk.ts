/** Our walk of one table, by the code with which the collector reads its tables. */
import { Agent } from '../../../plugins/snmp/agent.js';
import { CommunityMessages } from '../../../plugins/snmp/community.js';
import { Conversation } from '../../../plugins/snmp/conversation.js';
import { Table } from '../../../plugins/snmp/table.js';
import { login } from '../../../plugins/snmp/testing/open.js';
import { testClock as clock, testCall } from '../../kit/index.js';
import { tableColumns } from './device.js';
import { community } from './snmp.js';

export async function walkTable(address: string, port: number): Promise<number> {
  const { signal, datagram } = testCall();
  const credential = login({ port, community, timeout: 60 });
  const socket = await datagram(address, port);
  const messages = new CommunityMessages(community);
  const agent = new Agent(
    new Conversation({
      beforeSecret: async () => undefined,
      socket,
      place: 'walk',
      credential,
      messages,
      clock,
      signal,
    }),
  );
  const table = new Table(agent, tableColumns, Number.POSITIVE_INFINITY);
  let objects = 0;
  for await (const { cells } of table.rows()) for (const cell of cells) if (cell !== undefined) objects += 1;
  agent.close();
  if (table.end.state !== 'ok') throw new Error(`the walk ended early: ${table.end.reason}`);
  return objects;
}
