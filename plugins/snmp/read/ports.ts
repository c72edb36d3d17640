/** What went through each interface, and since when it is up or down: IF-MIB (RFC 2863), in 64 bits where the agent counts so. */
import type { SectionData } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { counter } from '../value.js';
import type { Read } from './addresses.js';
import { readColumns } from './columns.js';
import { unexplored } from './source.js';
import { only } from './system.js';

const ifEntry = '1.3.6.1.2.1.2.2.1';
const mostInterfaces = 10_000;

export type Port = Omit<NonNullable<SectionData['networkDevice']['ports']>[number], 'name' | 'poe' | 'lastChange'>;

export interface PortRow {
  readonly index: number;
  readonly port: Port;
  /** ifLastChange: sysUpTime in hundredths of a second then; 0 for before the agent began. */
  readonly lastChange: number | undefined;
}

/** @throws Failure when the agent is gone */
export function readPorts(agent: Agent): Promise<Read<PortRow>> {
  return readColumns(
    unexplored(agent),
    {
      entry: ifEntry,
      columns: {
        lastChange: 9,
        inOctets: 10,
        inDiscards: 13,
        inErrors: 14,
        outOctets: 16,
        outDiscards: 19,
        outErrors: 20,
        highInOctets: '1.3.6.1.2.1.31.1.1.1.6',
        highOutOctets: '1.3.6.1.2.1.31.1.1.1.10',
      },
      limit: mostInterfaces,
    },
    ({ index: [index], cells }) => {
      if (index === undefined) return undefined;
      const port: Port = {
        ...only('inOctets', counter(cells.highInOctets) ?? counter(cells.inOctets)),
        ...only('outOctets', counter(cells.highOutOctets) ?? counter(cells.outOctets)),
        ...only('inErrors', counter(cells.inErrors)),
        ...only('outErrors', counter(cells.outErrors)),
        ...only('inDiscards', counter(cells.inDiscards)),
        ...only('outDiscards', counter(cells.outDiscards)),
      };
      return { index, port, lastChange: counter(cells.lastChange) };
    },
  );
}
