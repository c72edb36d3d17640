/** Power supplies: ENTITY-MIB says which there are, ENTITY-STATE-MIB (RFC 4268) or Cisco’s MIB how they are. */
import type { SectionData } from 'ksocket/plugin';
import { enumerated } from '../tables.js';
import { integer } from '../value.js';
import { readColumns } from './columns.js';
import type { Component } from './entity.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const entStateEntry = '1.3.6.1.2.1.131.1.1.1';
export const cefcFRUPowerStatusEntry = '1.3.6.1.4.1.9.9.117.1.1.2.1';
const mostRows = 10_000;

export type PowerSupply = NonNullable<SectionData['hardware']['powerSupplies']>[number];

/** @throws Failure when the agent is gone */
export async function readPowerSupplies(
  source: Source,
  supplies: readonly Component[],
): Promise<readonly PowerSupply[]> {
  if (supplies.length === 0) return [];
  const states = await readStates(source);
  return supplies.map(({ index, name, description, vendor, model, serial }) => ({
    ...only('name', name ?? description),
    ...only('vendor', vendor),
    ...only('model', model),
    ...only('serial', serial),
    ...only('state', index === undefined ? undefined : states.get(index)),
  }));
}

/** By entPhysicalIndex. */
async function readStates(source: Source): Promise<ReadonlyMap<number, string>> {
  const cisco = await readColumns(
    source,
    { entry: cefcFRUPowerStatusEntry, columns: { state: 2 }, limit: mostRows },
    ({ index: [index], cells }) => [index!, enumerated('cefcFRUPowerOperStatus', integer(cells.state))] as const,
  );
  const standard = await readColumns(
    source,
    { entry: entStateEntry, columns: { state: 3 }, limit: mostRows },
    ({ index: [index], cells }) => [index!, enumerated('entStateOper', integer(cells.state))] as const,
  );
  const states = new Map<number, string>();
  for (const [index, state] of [...standard.items, ...cisco.items]) if (state !== undefined) states.set(index, state);
  return states;
}
