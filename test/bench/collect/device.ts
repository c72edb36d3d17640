/** What a simulated device holds, encoded once, so that answering costs little beside asking. */
import { compareOids } from '../../../plugins/snmp/oid.js';
import * as wire from '../../../plugins/snmp/testing/wire.js';

export interface Variable {
  readonly oid: string;
  /** The value, encoded. */
  readonly value: Buffer;
}

export class Device {
  readonly #oids: string[];
  readonly #varbinds: Buffer[];
  /** Place of each object by the octets of its OID, which come back in every request of a walk. */
  readonly #places = new Map<string, number>();

  constructor(variables: readonly Variable[]) {
    const sorted = [...variables].sort((a, b) => compareOids(a.oid, b.oid));
    this.#oids = sorted.map((it) => it.oid);
    this.#varbinds = sorted.map((it) => wire.varbind(it.oid, it.value));
    for (const [i, oid] of this.#oids.entries()) this.#places.set(octets(oid).toString('latin1'), i);
  }

  get size(): number {
    return this.#oids.length;
  }

  /** Where the object itself is; undefined when there is none. @param name octets of an OID, as latin1 */
  at(name: string): number | undefined {
    return this.#places.get(name);
  }

  /** Where the object after this OID is, `size` at the end. @param name octets of an OID, as latin1 */
  after(name: string): number {
    const place = this.#places.get(name);
    if (place !== undefined) return place + 1;
    const oid = wire.decodeOid(Buffer.from(name, 'latin1'));
    let [low, high] = [0, this.#oids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOids(this.#oids[middle]!, oid) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The varbind at a place, encoded. */
  varbind(place: number): Buffer | undefined {
    return this.#varbinds[place];
  }
}

function octets(oid: string): Buffer {
  return wire.encodeOid(oid).subarray(2);
}

const text = (value: string) => wire.string(value);
const integer = (value: number) => wire.number(value);

/** Below an enterprise number that nobody has. */
export const tableRoot = '1.3.6.1.4.1.99999.1';
/** Ten columns, as a forwarding or connection table has them: half numbers, half short texts. */
export const tableColumns = Array.from({ length: 10 }, (_, i) => `${tableRoot}.1.1.${i + 1}`);

export function bigTable(rows: number): Device {
  const cell = (column: number, row: number) =>
    column % 2 === 0 ? integer((row * 7919 + column) % 100_000) : text(`entry ${row} of column ${column}`);
  const table = tableColumns.flatMap((oid, column) =>
    Array.from({ length: rows }, (_, row) => ({ oid: `${oid}.${row + 1}`, value: cell(column, row) })),
  );
  return new Device([...system('table'), ...table]);
}

/** RFC 3418. */
function system(name: string): Variable[] {
  const group = '1.3.6.1.2.1.1';
  return [
    { oid: `${group}.1.0`, value: text('Simulated switch, 24 ports, software 1.0') },
    { oid: `${group}.2.0`, value: wire.encodeOid('1.3.6.1.4.1.99999.1') },
    { oid: `${group}.3.0`, value: wire.number(360_000, 0x43) },
    { oid: `${group}.4.0`, value: text('operations') },
    { oid: `${group}.5.0`, value: text(name) },
    { oid: `${group}.6.0`, value: text('rack 1') },
    { oid: `${group}.7.0`, value: integer(2) },
  ];
}

/** System group, ifTable and ifXTable (RFC 2863) as an access switch has them. */
export function accessSwitch(ports: number): Device {
  const [counter, gauge, ticks] = [0x41, 0x42, 0x43];
  const physical = (port: number) => wire.tlv(4, Buffer.from([0, 0xa0, 0xde, 0, 0, port]));
  const ifEntry: Record<number, (port: number) => Buffer> = {
    ...{ 1: integer, 2: (port) => text(`GigabitEthernet0/${port}`), 3: () => integer(6), 4: () => integer(1500) },
    ...{ 5: () => wire.number(1_000_000_000, gauge), 6: physical, 7: () => integer(1), 8: () => integer(1) },
    9: (port) => wire.number(port * 100, ticks),
  };
  for (let column = 10; column <= 20; column++)
    ifEntry[column] = (port) => wire.number(port * column * 1_000_003, counter);
  const ifXEntry: Record<number, (port: number) => Buffer> = {
    1: (port) => text(`Gi0/${port}`),
    ...{ 14: () => integer(1), 15: () => wire.number(1000, gauge), 16: () => integer(2), 17: () => integer(1) },
    18: (port) => text(`desk ${port}`),
    19: () => wire.number(0, ticks),
  };
  for (let column = 2; column <= 5; column++) ifXEntry[column] = (port) => wire.number(port * column, counter);
  for (let column = 6; column <= 13; column++)
    ifXEntry[column] = (port) => wire.number(port * column * 1_000_000_007, 0x46);
  const rows = (entry: string, columns: typeof ifEntry) =>
    Object.entries(columns).flatMap(([column, value]) =>
      Array.from({ length: ports }, (_, i) => ({ oid: `${entry}.${column}.${i + 1}`, value: value(i + 1) })),
    );
  return new Device([
    ...system('access'),
    { oid: '1.3.6.1.2.1.2.1.0', value: integer(ports) },
    ...rows('1.3.6.1.2.1.2.2.1', ifEntry),
    ...rows('1.3.6.1.2.1.31.1.1.1', ifXEntry),
  ]);
}
