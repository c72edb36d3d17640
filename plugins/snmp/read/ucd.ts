/** UCD-SNMP-MIB of Net-SNMP: memory and file systems of hosts whose HOST-RESOURCES-MIB is left out, as embedded ones do. */
import { count, text } from '../value.js';
import { readColumns } from './columns.js';
import type { Filesystem } from './host-resources.js';
import { readObjects } from './objects.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const ucdMemory = '1.3.6.1.4.1.2021.4';
export const dskEntry = '1.3.6.1.4.1.2021.9.1';
const memTotalSwap = '1.3.6.1.4.1.2021.4.3.0';
const memTotalReal = '1.3.6.1.4.1.2021.4.5.0';
const mostDisks = 1000;

/** @throws Failure when the agent is gone */
export async function readUcdMemory(source: Source): Promise<{ totalKiB?: number; swapKiB?: number }> {
  if (!source.has(ucdMemory)) return {};
  const objects = await readObjects(source.agent, [memTotalSwap, memTotalReal]);
  return {
    ...only('totalKiB', count(objects.get(memTotalReal)) || undefined),
    ...only('swapKiB', count(objects.get(memTotalSwap))),
  };
}

/** The file systems that snmpd.conf tells the agent to watch. @throws Failure when the agent is gone */
export async function readUcdDisks(source: Source): Promise<readonly Filesystem[]> {
  const { items } = await readColumns(
    source,
    { entry: dskEntry, columns: { path: 2, device: 3, total: 6, used: 8 }, limit: mostDisks },
    ({ cells }): Filesystem | undefined => {
      const mount = text(cells.path);
      if (mount === undefined) return undefined;
      return {
        mount,
        ...only('device', text(cells.device)),
        ...only('sizeKiB', count(cells.total)),
        ...only('usedKiB', count(cells.used)),
      };
    },
  );
  return items;
}
