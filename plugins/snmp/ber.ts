/** The few lines of BER (X.690, RFC 3417 section 8) that must not be left to a lenient decoder, and what writes our own messages. */

/** Tags of the ASN.1 that RFC 3416 is written in. */
export const sequence = 0x30;
export const integer = 0x02;
export const octetString = 0x04;
export const objectIdentifier = 0x06;

/** Where the content of an element stands; `end` is where the next one begins. */
export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The element at this place, if it ends before `limit` and, where one is asked for, has this tag. */
export function element(bytes: Buffer, at: number, limit: number, tag?: number): Element | undefined {
  const found = bytes[at];
  const first = bytes[at + 1];
  if (at + 2 > limit || found === undefined || first === undefined || (tag !== undefined && found !== tag)) return;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first - 0x80;
    // The indefinite form is forbidden in SNMP (RFC 3417, 8); four octets already exceed any datagram.
    if (octets < 1 || octets > 4 || start + octets > limit) return;
    length = bytes.readUIntBE(start, octets);
    start += octets;
  }
  return start + length > limit ? undefined : { tag: found, start, end: start + length };
}

export function smallInteger(bytes: Buffer, it: Element | undefined): number | undefined {
  const octets = it === undefined ? 0 : it.end - it.start;
  return it === undefined || octets < 1 || octets > 6 ? undefined : bytes.readIntBE(it.start, octets);
}

export function contentOf(bytes: Buffer, it: Element): Buffer {
  return bytes.subarray(it.start, it.end);
}

export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** A non-negative integer below 2^31, as SNMP’s ids are. */
export function encodedInteger(value: number): Buffer {
  const octets = [value & 0xff];
  for (let rest = value >> 8; rest > 0; rest >>= 8) octets.unshift(rest & 0xff);
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0);
  return tagged(integer, Buffer.from(octets));
}
