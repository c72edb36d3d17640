/** POWER-ETHERNET-MIB (RFC 3621): power over Ethernet, by port and as a budget. */
import type { SectionData } from 'ksocket/plugin';
import { enumerated } from '../tables.js';
import { count, integer } from '../value.js';
import type { Read } from './addresses.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const pethPsePortEntry = '1.3.6.1.2.1.105.1.1.1';
export const pethMainPseEntry = '1.3.6.1.2.1.105.1.3.1.1';
/** CISCO-POWER-ETHERNET-EXT-MIB augments the port table with what is drawn, in milliwatts. */
const cpeExtPsePortPwrConsumption = '1.3.6.1.4.1.9.9.402.1.2.1.9';

const mostPorts = 5000;
const mostSupplies = 64;

export type PoweredPort = NonNullable<NonNullable<SectionData['networkDevice']['ports']>[number]['poe']>;
export type PoeBudget = NonNullable<SectionData['networkDevice']['poeBudget']>;

/** Ports by group (a module or stack member) and number in it. @throws Failure when the agent is gone */
export function readPoweredPorts(
  source: Source,
): Promise<Read<{ readonly group: number; readonly number: number; readonly poe: PoweredPort }>> {
  return readColumns(
    source,
    {
      entry: pethPsePortEntry,
      columns: { enabled: 3, status: 6, class: 10, milliwatts: cpeExtPsePortPwrConsumption },
      limit: mostPorts,
    },
    ({ index: [group, number], cells }) => {
      if (group === undefined || number === undefined) return undefined;
      const status = integer(cells.status);
      const enabled = integer(cells.enabled);
      const milliwatts = count(cells.milliwatts);
      return {
        group,
        number,
        poe: {
          // TruthValue: true(1), false(2).
          ...only('enabled', enabled === 1 ? true : enabled === 2 ? false : undefined),
          ...only('status', enumerated('pethPsePortDetectionStatus', status)),
          // The class is meaningful only while power is delivered(3).
          ...only(
            'class',
            status === 3 ? enumerated('pethPsePortPowerClassifications', integer(cells.class)) : undefined,
          ),
          ...only('watts', milliwatts === undefined ? undefined : milliwatts / 1000),
        },
      };
    },
  );
}

/** All groups together. @throws Failure when the agent is gone */
export async function readPoeBudget(source: Source): Promise<PoeBudget | undefined> {
  const { items } = await readColumns(
    source,
    { entry: pethMainPseEntry, columns: { power: 2, used: 4 }, limit: mostSupplies },
    ({ cells }) => ({ power: count(cells.power), used: count(cells.used) }),
  );
  if (items.length === 0) return undefined;
  const sum = (list: (number | undefined)[]) =>
    list.some((it) => it === undefined) ? undefined : list.reduce<number>((all, it) => all + it!, 0);
  return {
    ...only('maxWatts', sum(items.map((it) => it.power))),
    ...only('usedWatts', sum(items.map((it) => it.used))),
  };
}
