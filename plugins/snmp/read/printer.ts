/** Printer-MIB (RFC 3805) and the printer part of HOST-RESOURCES-MIB: what is left in it, and what it says. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { enumerated } from '../tables.js';
import { counter, integer, text } from '../value.js';
import { worse } from './addresses.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';
import { only } from './system.js';

export const prtGeneralEntry = '1.3.6.1.2.1.43.5.1.1';
const prtInputEntry = '1.3.6.1.2.1.43.8.2.1';
const prtMarkerEntry = '1.3.6.1.2.1.43.10.2.1';
const prtMarkerSuppliesEntry = '1.3.6.1.2.1.43.11.1.1';
const prtMarkerColorantEntry = '1.3.6.1.2.1.43.12.1.1';
const prtConsoleDisplayBufferEntry = '1.3.6.1.2.1.43.16.5.1';
const prtAlertEntry = '1.3.6.1.2.1.43.18.1.1';
const hrPrinterEntry = '1.3.6.1.2.1.25.3.5.1';

/** A large production printer has some thirty supplies and a dozen trays; alerts come one a jam or empty tray. */
const mostRows = 500;
const mostLines = 32;

type Printer = SectionData['printer'];

/** @throws Failure when the agent is gone */
export async function readPrinter(source: Source): Promise<{ readonly printer: Printer; readonly end: TableEnd }> {
  if (!source.has(prtGeneralEntry)) return { printer: {}, end: { state: 'ok' } };
  const status = await readColumns(source, { entry: hrPrinterEntry, columns: { status: 1 }, limit: mostRows }, (row) =>
    enumerated('hrPrinterStatus', integer(row.cells.status)),
  );
  const markers = await readColumns(
    source,
    { entry: prtMarkerEntry, columns: { unit: 3, life: 4 }, limit: mostRows },
    ({ cells }) => ({
      unit: enumerated('prtMarkerCounterUnit', integer(cells.unit)),
      life: known(counter(cells.life)),
    }),
  );
  // Several markers of one printer, one a colour, count the same sheets.
  const marker = markers.items.find((it) => it.life !== undefined);
  const supplies = await readSupplies(source);
  const trays = await readTrays(source);
  const display = await readColumns(
    source,
    { entry: prtConsoleDisplayBufferEntry, columns: { text: 2 }, limit: mostLines },
    ({ cells }) => text(cells.text),
  );
  const alerts = await readColumns(
    source,
    { entry: prtAlertEntry, columns: { severity: 2, code: 7, text: 8 }, limit: mostRows },
    ({ cells }) => {
      const words = text(cells.text) ?? enumerated('prtAlertCode', integer(cells.code));
      if (words === undefined) return undefined;
      return { ...only('severity', enumerated('prtAlertSeverityLevel', integer(cells.severity))), text: words };
    },
  );
  const printer: Printer = {
    ...only('status', status.items[0]),
    ...(display.items.length > 0 ? { display: display.items.join('\n') } : {}),
    ...only('pages', marker?.life),
    ...only('pagesUnit', marker?.unit),
    ...(supplies.items.length > 0 ? { supplies: [...supplies.items] } : {}),
    ...(trays.items.length > 0 ? { trays: [...trays.items] } : {}),
    ...(alerts.items.length > 0 ? { alerts: [...alerts.items] } : {}),
  };
  return { printer, end: worse(status.end, markers.end, supplies.end, trays.end, display.end, alerts.end) };
}

type Supply = NonNullable<Printer['supplies']>[number];

async function readSupplies(source: Source): Promise<{ items: readonly Supply[]; end: TableEnd }> {
  const colorants = await readColumns(
    source,
    { entry: prtMarkerColorantEntry, columns: { value: 4 }, limit: mostRows },
    ({ index, cells }) => [index.join('.'), text(cells.value)] as const,
  );
  const colorOf = new Map(colorants.items);
  const supplies = await readColumns(
    source,
    {
      entry: prtMarkerSuppliesEntry,
      columns: { colorant: 3, type: 5, description: 6, unit: 7, capacity: 8, level: 9 },
      limit: mostRows,
    },
    ({ index: [device], cells }): Supply => {
      const colorant = integer(cells.colorant);
      const unit = integer(cells.unit);
      const level = known(integer(cells.level));
      const capacity = known(integer(cells.capacity));
      // percent(19) counts to 100 where no capacity is given.
      const full = unit === 19 ? (capacity ?? 100) : capacity;
      return {
        ...only('description', text(cells.description)),
        ...only('type', enumerated('prtMarkerSuppliesType', integer(cells.type))),
        ...only('color', colorant ? colorOf.get(`${device}.${colorant}`) : undefined),
        ...only('unit', enumerated('prtMarkerSuppliesSupplyUnit', unit)),
        ...only('level', level),
        ...only('capacity', capacity),
        ...only('percent', level !== undefined && full ? Math.min(100, Math.round((level / full) * 100)) : undefined),
      };
    },
  );
  return { items: supplies.items, end: worse(colorants.end, supplies.end) };
}

type Tray = NonNullable<Printer['trays']>[number];

function readTrays(source: Source): Promise<{ items: readonly Tray[]; end: TableEnd }> {
  return readColumns(
    source,
    {
      entry: prtInputEntry,
      columns: { unit: 8, capacity: 9, level: 10, media: 12, name: 13, description: 18 },
      limit: mostRows,
    },
    ({ cells }): Tray => ({
      ...only('name', text(cells.name) ?? text(cells.description)),
      ...only('media', text(cells.media)),
      ...only('capacity', known(integer(cells.capacity))),
      ...only('level', known(integer(cells.level))),
      ...only('unit', enumerated('prtInputCapacityUnit', integer(cells.unit))),
    }),
  );
}

/** other(-1), unknown(-2), and (-3) for some that is left: no number. */
function known(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}
