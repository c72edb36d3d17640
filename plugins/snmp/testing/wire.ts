/** BER for the test agents: reads requests and writes whatever a device, or a hostile one, would send. Tests only. */

export interface Request {
  readonly version: number;
  readonly community: Buffer;
  readonly pdu: number;
  readonly id: number;
  readonly nonRepeaters: number;
  readonly maxRepetitions: number;
  readonly oids: readonly string[];
}

export const get = 0xa0;
export const getNext = 0xa1;
export const response = 0xa2;
export const getBulk = 0xa5;

interface Element {
  readonly tag: number;
  readonly body: Buffer;
  readonly rest: Buffer;
}

function element(bytes: Buffer): Element {
  const first = bytes[1]!;
  const octets = first < 0x80 ? 0 : first - 0x80;
  const length = octets === 0 ? first : bytes.readUIntBE(2, octets);
  const start = 2 + octets;
  return { tag: bytes[0]!, body: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

/** Reads an SNMPv1 or v2c request; it comes from our own collector and is well formed. */
export function readRequest(datagram: Buffer): Request {
  const version = element(element(datagram).body);
  const community = element(version.rest);
  const pdu = element(community.rest);
  const id = element(pdu.body);
  const second = element(id.rest);
  const third = element(second.rest);
  const oids: string[] = [];
  for (let list = element(third.rest).body; list.length > 0; ) {
    const pair = element(list);
    oids.push(decodeOid(element(pair.body).body));
    list = pair.rest;
  }
  const number = (it: Element) => it.body.readIntBE(0, it.body.length);
  return {
    version: number(version),
    community: community.body,
    pdu: pdu.tag,
    id: number(id),
    nonRepeaters: number(second),
    maxRepetitions: number(third),
    oids,
  };
}

export function decodeOid(bytes: Buffer): string {
  const ids: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      ids.push(value);
      value = 0;
    }
  }
  const [first = 0, ...others] = ids;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...others].join('.');
}

export function encodeOid(oid: string): Buffer {
  const [root = 0, second = 0, ...others] = oid.split('.').map(Number);
  const bytes: number[] = [];
  for (const id of [root * 40 + second, ...others]) {
    const septets = [id % 128];
    for (let rest = Math.floor(id / 128); rest > 0; rest = Math.floor(rest / 128)) septets.unshift(128 + (rest % 128));
    bytes.push(...septets);
  }
  return tlv(6, Buffer.from(bytes));
}

export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const head =
    body.length < 0x80
      ? [tag, body.length]
      : body.length < 0x100
        ? [tag, 0x81, body.length]
        : [tag, 0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

/** INTEGER and its kin, two’s complement in as few octets as it takes. */
export function number(value: number | bigint, tag = 2): Buffer {
  const octets: number[] = [];
  let rest = BigInt(value);
  do {
    octets.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (rest !== 0n && rest !== -1n);
  if (rest === 0n && octets[0]! >= 0x80) octets.unshift(0);
  if (rest === -1n && octets[0]! < 0x80) octets.unshift(0xff);
  return tlv(tag, Buffer.from(octets));
}

export const string = (value: string | Buffer): Buffer => tlv(4, Buffer.from(value as string));
export const endOfMibView = tlv(0x82, Buffer.alloc(0));
export const noSuchObject = tlv(0x80, Buffer.alloc(0));

export function varbind(oid: string, value: Buffer): Buffer {
  return tlv(0x30, encodeOid(oid), value);
}

export interface Reply {
  readonly varbinds: readonly Buffer[];
  readonly status?: number;
  readonly index?: number;
  /** To answer another question than was asked. */
  readonly id?: number;
  readonly community?: string;
}

export function writeResponse(request: Request, reply: Reply): Buffer {
  const list = tlv(0x30, Buffer.concat(reply.varbinds));
  const head = [number(reply.id ?? request.id), number(reply.status ?? 0), number(reply.index ?? 0)];
  const community = reply.community === undefined ? request.community : Buffer.from(reply.community);
  return tlv(0x30, number(request.version), tlv(4, community), tlv(response, ...head, list));
}
