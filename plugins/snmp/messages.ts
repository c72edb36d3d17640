/**
 * What stands between a PDU and the wire (the message processing of RFC 3411, 3.1.2). The library below builds and reads PDUs
 * only; whether they travel with a community name or as SNMPv3 is decided here, without any I/O.
 */
import type { Failure } from 'ksocket/plugin';

/**
 * A part of the agent that answers with objects of its own (RFC 3411, 3.3.1). Cisco’s switches keep a bridge table a VLAN: by
 * SNMPv3 it is the context `vlan-10`, by SNMPv2c the community name `public@10`.
 */
export interface Context {
  readonly vlan: number;
}

export type Heard =
  /** The answer: a PDU of the peer, as trustworthy as the messages are. */
  | { readonly pdu: Buffer }
  /** Not yet: this datagram is to be sent, and what comes back is to be heard. It happens a few times a question at most. */
  | { readonly send: Buffer }
  /** As `send`, and the first that is made of the user’s secrets: whether it may leave is asked first, and it is made after that. */
  | { readonly secret: () => Buffer }
  | { readonly failure: Failure };

export interface Messages {
  /** What to send in order to ask this; it takes the place of whatever was asked before. */
  ask(pdu: Buffer, context: Context | undefined): Buffer;
  /** What a datagram means; undefined when it means nothing, which is no reason to stop waiting. */
  hear(datagram: Buffer): Heard | undefined;
  /** Nobody answered in time: what else is worth sending, or why there was no answer. `isLast`: it will not be asked again. */
  unanswered(isLast: boolean): Heard | undefined;
  /** Why there may have been no answer. */
  readonly silence: string;
  /** Why the agent may answer authorizationError to everything (RFC 3415, section 3.2). */
  readonly forbidden: string;
}
