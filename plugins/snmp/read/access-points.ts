/** The access points of a wireless controller, by data/access-points.json. */
import type { SectionData } from 'ksocket/plugin';
import { filledIn, tryParseAddress } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { accessPointTables } from '../tables.js';
import { ipAddress, text } from '../value.js';
import type { Read } from './addresses.js';
import { macOfIndex } from './bridge.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const accessPointEntries = (): string[] => accessPointTables().map((it) => it.entry);
const mostAccessPoints = 10_000;

export type AccessPoint = NonNullable<SectionData['networkDevice']['accessPoints']>[number];

/** From the first table that has any. @throws Failure when the agent is gone */
export async function readAccessPoints(source: Source): Promise<Read<AccessPoint>> {
  let end: TableEnd = { state: 'ok' };
  for (const { entry, macIndex, columns } of accessPointTables()) {
    const read = await readColumns(
      source,
      { entry, columns: columns as Record<string, number>, limit: mostAccessPoints },
      ({ index, cells }): AccessPoint | undefined => {
        const mac = macIndex ? macOfIndex(index) : undefined;
        const address = ipAddress(cells.address) ?? tryParseAddress(text(cells.address) ?? '');
        const point = {
          ...only('name', text(cells.name)),
          ...only('mac', mac),
          ...only('address', address === '0.0.0.0' ? undefined : address),
          ...only('model', filledIn(text(cells.model))),
          ...only('serial', filledIn(text(cells.serial))),
        };
        return Object.keys(point).length > 0 ? point : undefined;
      },
    );
    if (read.items.length > 0) return read;
    if (read.end.state !== 'ok') end = read.end;
  }
  return { items: [], end };
}
