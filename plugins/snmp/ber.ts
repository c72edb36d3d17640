/**
 * The few lines of BER (X.690, RFC 3417 section 8) that must not be left to a lenient decoder: the liveness probes, and the
 * strict look at every datagram before the library sees it. A peer that sends something else is simply not heard.
 */

/** Tags of RFC 3416 and of the ASN.1 that it is written in. */
const sequence = 0x30;
const integer = 0x02;
const octetString = 0x04;
const objectIdentifier = 0x06;
export const getRequest = 0xa0;
export const getResponse = 0xa2;
const version2c = 1;
const version3 = 3;

/** Everything that may stand beside an OID in a response: RFC 3416 section 3, and the values of the SMI. */
const valueTags = new Set([
  integer,
  octetString,
  0x05,
  objectIdentifier,
  0x40,
  0x41,
  0x42,
  0x43,
  0x44,
  0x46,
  0x80,
  0x81,
  0x82,
]);
const integerTags = new Set([integer, 0x41, 0x42, 0x43]);
/** A 32-bit counter in BER has at most five octets; some agents pad, none needs more than eight. */
const maxIntegerOctets = 8;
/** An OID has at most 128 sub-identifiers (RFC 2578, 3.5) of at most five octets. */
const maxOidOctets = 640;

/** What must agree between a request and its response. */
export interface MessageHead {
  readonly version: number;
  readonly community: Buffer;
  readonly pdu: number;
  readonly requestId: number;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function element(bytes: Buffer, at: number, limit: number, tag?: number): Element | undefined {
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

function smallInteger(bytes: Buffer, it: Element | undefined): number | undefined {
  const octets = it === undefined ? 0 : it.end - it.start;
  return it === undefined || octets < 1 || octets > 6 ? undefined : bytes.readIntBE(it.start, octets);
}

function wellFormedVarbinds(bytes: Buffer, list: Element): boolean {
  for (let at = list.start; at < list.end; ) {
    const pair = element(bytes, at, list.end, sequence);
    const name = pair && element(bytes, pair.start, pair.end, objectIdentifier);
    const value = name && element(bytes, name.end, pair.end);
    if (!value || value.end !== pair.end || !valueTags.has(value.tag)) return false;
    const octets = value.end - value.start;
    if (name.end === name.start || name.end - name.start > maxOidOctets) return false;
    if (integerTags.has(value.tag) && (octets < 1 || octets > maxIntegerOctets)) return false;
    if (value.tag === objectIdentifier && (octets < 1 || octets > maxOidOctets)) return false;
    at = pair.end;
  }
  return true;
}

/**
 * The head of a community message (SNMPv1 or v2c) whose every length fits into its parent and whose varbinds are pairs of
 * an OID and a value of a known type; undefined for anything else. Depth and length are bounded by the grammar.
 */
export function messageHead(bytes: Buffer): MessageHead | undefined {
  const message = element(bytes, 0, bytes.length, sequence);
  const version = message && element(bytes, message.start, message.end, integer);
  const community = version && element(bytes, version.end, message.end, octetString);
  const pdu = community && element(bytes, community.end, message.end);
  const id = pdu && element(bytes, pdu.start, pdu.end, integer);
  const status = id && element(bytes, id.end, pdu.end, integer);
  const index = status && element(bytes, status.end, pdu.end, integer);
  const list = index && element(bytes, index.end, pdu.end, sequence);
  const numbers = [version, id, status, index].map((it) => smallInteger(bytes, it));
  if (!list || list.end !== pdu.end || numbers.includes(undefined) || !wellFormedVarbinds(bytes, list)) return;
  return {
    version: numbers[0]!,
    community: bytes.subarray(community.start, community.end),
    pdu: pdu.tag,
    requestId: numbers[1]!,
  };
}

/** Is this datagram the response to that request? */
export function answers(response: Buffer, request: MessageHead): boolean {
  const head = messageHead(response);
  return (
    head !== undefined &&
    head.pdu === getResponse &&
    head.version === request.version &&
    head.requestId === request.requestId &&
    head.community.equals(request.community)
  );
}

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** A non-negative integer below 2^31, as SNMP’s ids are. */
function encodedInteger(value: number): Buffer {
  const octets = [value & 0xff];
  for (let rest = value >> 8; rest > 0; rest >>= 8) octets.unshift(rest & 0xff);
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0);
  return tagged(integer, Buffer.from(octets));
}

const empty = tagged(octetString);
/** sysUpTime.0 = 1.3.6.1.2.1.1.3.0: every agent has it, and its answer is short. */
const sysUpTime = tagged(objectIdentifier, Buffer.from([0x2b, 6, 1, 2, 1, 1, 3, 0]));

/** An SNMPv2c GetRequest for sysUpTime.0. */
export function uptimeRequest(community: string, requestId: number): Buffer {
  const varbinds = tagged(sequence, tagged(sequence, sysUpTime, Buffer.from([0x05, 0x00])));
  const pdu = tagged(getRequest, encodedInteger(requestId), encodedInteger(0), encodedInteger(0), varbinds);
  return tagged(sequence, encodedInteger(version2c), tagged(octetString, Buffer.from(community)), pdu);
}

/** An SNMPv3 message that asks for the engine ID (RFC 3414, section 4): any v3 agent answers it with a Report, to anybody. */
export function discoveryRequest(messageId: number): Buffer {
  const reportable = tagged(octetString, Buffer.from([0x04]));
  // 65507 is the largest UDP payload over IPv4; 3 is the user-based security model.
  const header = tagged(sequence, encodedInteger(messageId), encodedInteger(65507), reportable, encodedInteger(3));
  const security = tagged(sequence, empty, encodedInteger(0), encodedInteger(0), empty, empty, empty);
  const pdu = tagged(getRequest, encodedInteger(messageId), encodedInteger(0), encodedInteger(0), tagged(sequence));
  const scoped = tagged(sequence, empty, empty, pdu);
  return tagged(sequence, encodedInteger(version3), header, tagged(octetString, security), scoped);
}
