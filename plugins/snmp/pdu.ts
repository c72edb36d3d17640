/**
 * The strict look at every PDU (RFC 3416, section 3) before the library sees it, whatever message brought it: every length fits
 * into its parent, and the varbinds are pairs of an OID and a value of a known type. Depth and length are bounded by the grammar.
 */
import { type Element, element, integer, objectIdentifier, octetString, sequence, smallInteger } from './ber.js';

export const getRequest = 0xa0;
export const getResponse = 0xa2;
export const report = 0xa8;

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

export interface PduHead {
  readonly tag: number;
  readonly requestId: number;
  readonly list: Element;
}

/** The head of the PDU that fills these octets; undefined for anything else. */
export function pduHead(bytes: Buffer): PduHead | undefined {
  const pdu = element(bytes, 0, bytes.length);
  const id = pdu && element(bytes, pdu.start, pdu.end, integer);
  const status = id && element(bytes, id.end, pdu.end, integer);
  const index = status && element(bytes, status.end, pdu.end, integer);
  const list = index && element(bytes, index.end, pdu.end, sequence);
  const numbers = [id, status, index].map((it) => smallInteger(bytes, it));
  if (!list || pdu.end !== bytes.length || list.end !== pdu.end) return;
  if (numbers.includes(undefined) || !wellFormedVarbinds(bytes, list)) return;
  return { tag: pdu.tag, requestId: numbers[0]!, list };
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
