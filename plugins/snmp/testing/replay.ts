/**
 * Serves a recorded walk (`.snmprec`, or `.snmprec.bz2` by way of the bzip2 program) as an SNMPv2c agent. Lines are
 * `OID|type|value`, the type an ASN.1 tag number, with `x` for hexadecimal. Tests only.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { compareOids } from '../oid.js';
import { type UdpAgent, udpAgent } from './udp-agent.js';
import * as wire from './wire.js';

interface Entry {
  readonly oid: string;
  readonly type: string;
  readonly value: string;
  encoded?: Buffer;
}

export class Recording {
  readonly #entries: Entry[];

  constructor(lines: string) {
    this.#entries = lines
      .split('\n')
      .map((line) => /^([0-9.]+)\|([^|]+)\|(.*)$/s.exec(line))
      .filter((it) => it !== null)
      .map(([, oid, type, value]) => ({ oid: oid!, type: type!, value: value! }))
      .sort((a, b) => compareOids(a.oid, b.oid))
      .filter((it, i, all) => it.oid !== all[i - 1]?.oid);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The lines below a column, in the order of their indexes, with the values as they stand there. */
  below(column: string): { readonly index: string; readonly value: string }[] {
    return this.#entries
      .filter((it) => it.oid.startsWith(`${column}.`))
      .map((it) => ({ index: it.oid.slice(column.length + 1), value: it.value }));
  }

  /** Every text of the recording, one a line. */
  get texts(): string {
    const decoded = (it: Entry) => (it.type.endsWith('x') ? Buffer.from(it.value, 'hex').toString('latin1') : it.value);
    return this.#entries
      .filter((it) => it.type.startsWith('4') || it.type.startsWith('6|'))
      .map(decoded)
      .join('\n');
  }

  /** The varbind of this OID, encoded. */
  at(oid: string): Buffer | undefined {
    const entry = this.#entries[this.#firstFrom(oid)];
    return entry?.oid === oid ? encoded(entry) : undefined;
  }

  /** The varbind after this OID, and its own OID. */
  after(oid: string): { oid: string; varbind: Buffer } | undefined {
    const from = this.#firstFrom(oid);
    const entry = this.#entries[this.#entries[from]?.oid === oid ? from + 1 : from];
    return entry && { oid: entry.oid, varbind: encoded(entry) };
  }

  #firstFrom(oid: string): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOids(this.#entries[middle]!.oid, oid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export async function readRecording(file: string): Promise<Recording> {
  if (!file.endsWith('.bz2')) return new Recording(await readFile(file, 'latin1'));
  const { stdout } = await promisify(execFile)('bzip2', ['-dc', file], { encoding: 'latin1', maxBuffer: 2 ** 28 });
  return new Recording(stdout);
}

function encoded(entry: Entry): Buffer {
  entry.encoded ??= wire.varbind(entry.oid, encodedValue(entry.type, entry.value));
  return entry.encoded;
}

function encodedValue(type: string, value: string): Buffer {
  const isHex = /^\d+x$/.test(type);
  const tag = Number.parseInt(type, 10);
  // `67:numeric|rate=100,initial=7` and `4:writecache|value=x` are variations of the simulator.
  const plain = type.includes(':') ? (/(?:initial|value)=([^,]*)/.exec(value)?.[1] ?? '0') : value;
  const bytes = isHex ? Buffer.from(plain, 'hex') : Buffer.from(plain, 'latin1');
  switch (tag) {
    case 5:
      return wire.tlv(5, Buffer.alloc(0));
    case 6:
      return wire.encodeOid(plain);
    case 64:
      return wire.tlv(64, isHex ? bytes : Buffer.from(plain.split('.').map(Number)));
    case 4:
    case 68:
      return wire.tlv(tag, bytes);
    default:
      return wire.number(BigInt(plain.trim() || '0'), tag);
  }
}

export interface ReplayOptions {
  readonly community: string;
  /** Largest answer in octets; the default is what fits into one Ethernet frame, as in most devices. */
  readonly largest?: number;
  /** What the contexts of single VLANs hold, `public@10`; the others have no objects. */
  readonly vlans?: ReadonlyMap<number, Recording>;
}

const nothing = new Recording('');

/** A wrong community name is met with silence, as RFC 1157 wants it. */
export function replay(
  t: TestContext,
  recording: Recording,
  { community, largest = 1472, vlans = new Map() }: ReplayOptions,
): Promise<UdpAgent> {
  return udpAgent(t, (datagram) => {
    const request = wire.readRequest(datagram);
    const [name, vlan] = request.community.toString().split('@');
    if (name !== community) return [];
    const asked = vlan === undefined ? recording : (vlans.get(Number(vlan)) ?? nothing);
    const varbinds = request.pdu === wire.get ? got(asked, request) : followed(asked, request, largest);
    return [wire.writeResponse(request, { varbinds })];
  });
}

function got(recording: Recording, { oids }: wire.Request): Buffer[] {
  return oids.map((oid) => recording.at(oid) ?? wire.varbind(oid, wire.noSuchObject));
}

function followed(recording: Recording, request: wire.Request, largest: number): Buffer[] {
  const varbinds: Buffer[] = [];
  let size = 100;
  let last = [...request.oids];
  for (let round = request.pdu === wire.getBulk ? request.maxRepetitions : 1; round > 0; round--) {
    let ended = 0;
    const next: string[] = [];
    for (const oid of last) {
      const following = recording.after(oid);
      const bytes = following?.varbind ?? wire.varbind(oid, wire.endOfMibView);
      if (following === undefined) ended++;
      size += bytes.length;
      if (size > largest && varbinds.length > 0) return varbinds;
      varbinds.push(bytes);
      next.push(following?.oid ?? oid);
    }
    if (ended === last.length) return varbinds;
    last = next;
  }
  return varbinds;
}
