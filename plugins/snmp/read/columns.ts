/** A conceptual table read by the names of its columns, within a share of the session’s time. */
import { subIdentifiers } from '../oid.js';
import { Table, type TableEnd } from '../table.js';
import type { Varbind } from '../value.js';
import type { Source } from './source.js';

/** An agent that is slow with one table still tells the rest: a quarter of what a session waits for answers. */
const usualMilliseconds = 15_000;

export interface NamedRow<Name extends string> {
  readonly index: readonly number[];
  readonly cells: Readonly<Record<Name, Varbind | undefined>>;
}

export interface Shape<Name extends string> {
  /** OID of the conceptual row, such as lldpRemEntry. */
  readonly entry: string;
  /** Sub-identifier of each column below it, or the whole OID of one in a table that augments this one. */
  readonly columns: Readonly<Record<Name, number | string>>;
  /** Rows that are read at most. */
  readonly limit: number;
  /** Of waiting for answers. */
  readonly mostMilliseconds?: number;
}

export class Columns<Name extends string> {
  /** How the table ended; meaningful after `rows` is done. */
  end: TableEnd = { state: 'ok' };

  constructor(
    private readonly source: Source,
    private readonly shape: Shape<Name>,
  ) {}

  /** Rows in ascending order of index; none where the agent has no such table. @throws Failure when the agent is gone */
  async *rows(): AsyncGenerator<NamedRow<Name>> {
    const { entry, columns, limit, mostMilliseconds = usualMilliseconds } = this.shape;
    const { agent } = this.source;
    if (!this.source.has(entry)) return;
    const names = Object.keys(columns) as Name[];
    const oids = names.map((name) => (typeof columns[name] === 'string' ? columns[name] : `${entry}.${columns[name]}`));
    const table = new Table(agent, oids, limit);
    const started = agent.waitedMilliseconds;
    for await (const { index, cells } of table.rows()) {
      const named = {} as Record<Name, Varbind | undefined>;
      names.forEach((name, i) => {
        named[name] = cells[i];
      });
      yield { index: subIdentifiers(index), cells: named };
      if (agent.waitedMilliseconds - started <= mostMilliseconds) continue;
      this.end = { state: 'timeout', reason: `not done after ${mostMilliseconds / 1000} seconds` };
      return;
    }
    this.end = table.end;
  }

  /** What `shape` makes of the rows, without those of which it makes nothing. */
  async list<T>(shape: (row: NamedRow<Name>) => T | undefined): Promise<T[]> {
    const items: T[] = [];
    for await (const row of this.rows()) {
      const item = shape(row);
      if (item !== undefined) items.push(item);
    }
    return items;
  }
}

/** A table read to a list. @throws Failure when the agent is gone */
export async function readColumns<Name extends string, T>(
  source: Source,
  shape: Shape<Name>,
  make: (row: NamedRow<Name>) => T | undefined,
): Promise<{ readonly items: readonly T[]; readonly end: TableEnd }> {
  const columns = new Columns(source, shape);
  const items = await columns.list(make);
  return { items, end: columns.end };
}
