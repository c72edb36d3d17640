/** What each port carried, since when it is up or down, and what power it gives. */
import { type Section, section } from 'ksocket/plugin';
import { slices } from '../batches.js';
import { type PoweredPort, readPoeBudget, readPoweredPorts } from '../read/poe.js';
import { readPorts } from '../read/ports.js';
import { only } from '../read/system.js';
import type { Interfaces, Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectPorts(survey: Survey): AsyncGenerator<Section> {
  const source = await survey.source();
  const budget = await readPoeBudget(source);
  if (budget !== undefined) yield section('networkDevice', { poeBudget: budget });
  const interfaces = await survey.interfaces();
  const powered = await readPoweredPorts(source);
  const poeOf = poweredInterfaces(powered.items, interfaces);
  const ports = await readPorts(survey.agent);
  const { ticks } = await survey.details();
  const rows = ports.items.flatMap(({ index, port, lastChange }) => {
    const name = interfaces.nameOf(index);
    if (name === undefined) return [];
    // Both count from the same moment; 0 is before it, and a later one than now is of before the counter began again.
    const ago = ticks !== undefined && lastChange ? ticks.hundredths - lastChange : -1;
    const seconds = ticks === undefined || ago < 0 ? undefined : Math.round((ticks.at - ago * 10) / 1000);
    return [
      {
        name,
        ...port,
        ...only(
          'lastChange',
          seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
        ),
        ...only('poe', poeOf.get(index)),
      },
    ];
  });
  for (const part of slices(rows)) yield section('networkDevice', { ports: [...part] });
  const missing = [...missingOf('ports', ports.end), ...missingOf('ports.poe', powered.end)];
  if (missing.length > 0) yield section('networkDevice', {}, about(missing));
}

/**
 * The interface of each powered port. POWER-ETHERNET-MIB leaves the numbering to the agent; it is understood where the
 * numbers of a single group are interfaces themselves, and every one of them a port of a LAN.
 */
function poweredInterfaces(
  powered: readonly { readonly group: number; readonly number: number; readonly poe: PoweredPort }[],
  { items }: Interfaces,
): ReadonlyMap<number, PoweredPort> {
  const lan = new Set(items.filter((it) => it.isLan).map((it) => it.index));
  const isOneGroup = powered.every((it) => it.group === powered[0]!.group);
  if (!isOneGroup || !powered.every((it) => lan.has(it.number))) return new Map();
  return new Map(powered.map((it) => [it.number, it.poe]));
}
