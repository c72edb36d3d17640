/** The scoped PDU (RFC 3412, section 6.8): a PDU, and the context that it is about. */
import { contentOf, element, octetString, sequence, tagged } from '../ber.js';

export interface ScopedPdu {
  readonly engineId: Buffer;
  readonly contextName: Buffer;
  /** With its tag. */
  readonly pdu: Buffer;
}

export function writeScopedPdu({ engineId, contextName, pdu }: ScopedPdu): Buffer {
  return tagged(sequence, tagged(octetString, engineId), tagged(octetString, contextName), pdu);
}

/** @param padded whether octets may follow, as block ciphers need them (RFC 3414, 8.1.1.2) */
export function readScopedPdu(bytes: Buffer, padded: boolean): ScopedPdu | undefined {
  const scoped = element(bytes, 0, bytes.length, sequence);
  const engineId = scoped && element(bytes, scoped.start, scoped.end, octetString);
  const name = engineId && element(bytes, engineId.end, scoped.end, octetString);
  const pdu = name && element(bytes, name.end, scoped.end);
  if (!pdu || pdu.end !== scoped.end || (!padded && scoped.end !== bytes.length)) return;
  return {
    engineId: contentOf(bytes, engineId),
    contextName: contentOf(bytes, name),
    pdu: bytes.subarray(name.end, pdu.end),
  };
}
