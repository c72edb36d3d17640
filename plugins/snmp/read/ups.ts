/** Uninterruptible power supplies: UPS-MIB (RFC 1628), and the makers’ own where it is silent, by data/ups-objects.json. */
import type { SectionData } from 'ksocket/plugin';
import type { TableEnd } from '../table.js';
import { enumerated, type UpsDialect, type UpsLines, upsDialects } from '../tables.js';
import { integer, oidValue, text } from '../value.js';
import { worse } from './addresses.js';
import { readColumns } from './columns.js';
import { readObjects } from './objects.js';
import type { Source } from './source.js';

export const upsEntries = (): string[] => upsDialects().map((it) => it.entry);
/** The battery of UPS-MIB: a power strip whose agent has other parts of the MIB has none. */
export const upsBatteryGroup = '1.3.6.1.2.1.33.1.2';
const upsAlarmEntry = '1.3.6.1.2.1.33.1.6.2.1';
/** upsWellKnownAlarms, by the last sub-identifier. */
const wellKnownAlarms = '1.3.6.1.2.1.33.1.6.3.';

const mostLines = 64;
const mostAlarms = 200;

type Ups = SectionData['ups'];
type Line = NonNullable<Ups['input']>[number];

/** @throws Failure when the agent is gone */
export async function readUps(source: Source): Promise<{ readonly ups: Ups; readonly end: TableEnd }> {
  const dialects = upsDialects().filter((it) => source.has(it.entry));
  if (dialects.length === 0) return { ups: {}, end: { state: 'ok' } };
  const objects = await readObjects(source.agent, dialects.flatMap(oidsOf));
  const ups: Record<string, unknown> = {};
  for (const { words, numbers, batteryReplacedAt } of dialects) {
    for (const [field, [oid, names]] of Object.entries(words)) {
      const word = enumerated(names, integer(objects.get(oid)));
      if (word !== undefined) ups[field] ??= word;
    }
    for (const [field, [oid, unit]] of Object.entries(numbers)) {
      const value = scaled(integer(objects.get(oid)), unit);
      if (value !== undefined) ups[field] ??= whole.has(field) ? Math.round(value) : value;
    }
    const replaced = batteryReplacedAt === undefined ? undefined : dayOf(text(objects.get(batteryReplacedAt)));
    if (replaced !== undefined) ups.batteryReplacedAt ??= replaced;
  }
  const ends: TableEnd[] = [];
  for (const { input, output, outputHertz } of dialects) {
    for (const [field, lines] of [
      ['input', input],
      ['output', output],
    ] as const) {
      if (lines === undefined || ups[field] !== undefined) continue;
      const read = await readLines(source, lines);
      ends.push(read.end);
      const hertz =
        field === 'output' && outputHertz ? scaled(integer(objects.get(outputHertz[0])), outputHertz[1]) : 0;
      if (read.items.length > 0)
        ups[field] = read.items.map((it) => (hertz ? { ...it, hertz: it.hertz ?? hertz } : it));
    }
  }
  const alarms = await readColumns(source, { entry: upsAlarmEntry, columns: { what: 2 }, limit: mostAlarms }, (row) => {
    const oid = oidValue(row.cells.what);
    if (!oid?.startsWith(wellKnownAlarms)) return oid;
    return enumerated('upsWellKnownAlarms', Number(oid.slice(wellKnownAlarms.length))) ?? oid;
  });
  ends.push(alarms.end);
  if (alarms.items.length > 0) ups.alarms = [...alarms.items];
  return { ups: ups as Ups, end: worse(...ends) };
}

const whole = new Set(['minutesRemaining', 'secondsOnBattery']);

const oidsOf = ({ words, numbers, batteryReplacedAt, outputHertz }: UpsDialect): string[] => [
  ...Object.values(words).map(([oid]) => oid),
  ...Object.values(numbers).map(([oid]) => oid),
  ...(batteryReplacedAt === undefined ? [] : [batteryReplacedAt]),
  ...(outputHertz === undefined ? [] : [outputHertz[0]]),
];

async function readLines(
  source: Source,
  { entry, columns }: UpsLines,
): Promise<{ items: readonly Line[]; end: TableEnd }> {
  const names = Object.keys(columns);
  const shape = Object.fromEntries(names.map((name) => [name, columns[name]![0]]));
  return readColumns(source, { entry, columns: shape, limit: mostLines }, ({ cells }) => {
    const line = Object.fromEntries(
      names.flatMap((name) => {
        const value = scaled(integer(cells[name]), columns[name]![1]);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return Object.keys(line).length > 0 ? (line as Line) : undefined;
  });
}

/**
 * Without the noise of binary fractions. Negative numbers and all ones mean that the device cannot say; 65,535 seconds is
 * what cards give whose counter has 16 bits.
 */
function scaled(value: number | undefined, unit: number): number | undefined {
  if (value === undefined || value < 0 || value === 65_535 || value === 2 ** 31 - 1 || value === 2 ** 32 - 1)
    return undefined;
  return Number((value * unit).toFixed(3));
}

/** PowerNet-MIB writes `mm/dd/yy` or `mm/dd/yyyy`. */
function dayOf(date: string | undefined): string | undefined {
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{4}|\d{2})$/.exec(date ?? '') ?? [];
  if (year === undefined || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31)
    return undefined;
  // The makers’ first network cards are of the nineties.
  const full = year.length === 4 ? year : Number(year) >= 90 ? `19${year}` : `20${year}`;
  return `${full}-${month}-${day}T00:00:00Z`;
}
