/** SNMPv2c messages (RFC 3416 in the wrapping of RFC 1901): a community name in clear text before the PDU. */
import {
  contentOf,
  element,
  encodedInteger,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  tagged,
} from './ber.js';
import type { Context, Heard, Messages } from './messages.js';
import { getRequest } from './pdu.js';

const version2c = 1;

export interface CommunityMessage {
  readonly community: Buffer;
  /** With its tag. */
  readonly pdu: Buffer;
}

export function readCommunityMessage(bytes: Buffer): CommunityMessage | undefined {
  const message = element(bytes, 0, bytes.length, sequence);
  const version = message && element(bytes, message.start, message.end, integer);
  const community = version && element(bytes, version.end, message.end, octetString);
  if (!community || smallInteger(bytes, version) !== version2c) return;
  return { community: contentOf(bytes, community), pdu: bytes.subarray(community.end, message.end) };
}

export function writeCommunityMessage({ community, pdu }: CommunityMessage): Buffer {
  return tagged(sequence, encodedInteger(version2c), tagged(octetString, community), pdu);
}

export class CommunityMessages implements Messages {
  readonly silence = 'check the address, the port and the community name: an agent is silent to a wrong one, too';
  readonly forbidden = 'the agent permits this community name nothing: check its views';
  #asked: Buffer | undefined;

  constructor(private readonly community: string) {}

  ask(pdu: Buffer, context: Context | undefined): Buffer {
    const community = Buffer.from(context === undefined ? this.community : `${this.community}@${context.vlan}`);
    this.#asked = community;
    return writeCommunityMessage({ community, pdu });
  }

  hear(datagram: Buffer): Heard | undefined {
    const message = readCommunityMessage(datagram);
    return message && this.#asked?.equals(message.community) ? { pdu: message.pdu } : undefined;
  }

  unanswered(): undefined {
    return undefined;
  }
}

/** sysUpTime.0 = 1.3.6.1.2.1.1.3.0: every agent has it, and its answer is short. */
const sysUpTime = tagged(objectIdentifier, Buffer.from([0x2b, 6, 1, 2, 1, 1, 3, 0]));

/** An SNMPv2c GetRequest for sysUpTime.0, as a liveness probe. */
export function uptimeRequest(community: string, requestId: number): Buffer {
  const varbinds = tagged(sequence, tagged(sequence, sysUpTime, Buffer.from([0x05, 0x00])));
  const pdu = tagged(getRequest, encodedInteger(requestId), encodedInteger(0), encodedInteger(0), varbinds);
  return writeCommunityMessage({ community: Buffer.from(community), pdu });
}
