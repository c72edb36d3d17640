/** One question on its way, with what has been tried to have it answered; nothing is tried twice. */
import { encodedInteger, sequence, tagged } from '../ber.js';
import { getRequest } from '../pdu.js';
import type { Extension } from './protocols.js';
import type { Report } from './reports.js';

/**
 * When nobody answers, an empty question may tell why. `context`: the same user in the agent’s own context. `level`: the same user,
 * authenticated and not encrypted, which is how RFC 3414 (section 4) has the time learnt; it asks for no object.
 */
export type Probe = 'context' | 'level';

export class Question {
  messageId = 0;
  /** Set while the probe is on its way instead of the question. */
  probe: Probe | undefined;
  /** The probe that was answered: what it lacks is what the agent does not take, if it is silent to the question once more. */
  proven: Probe | undefined;
  /** Reports of which the cause has been mended. */
  readonly mended = new Set<Report>();
  /** Ways of making the key longer that the agent could not decrypt, and those that it was silent to. */
  readonly refused = new Set<Extension>();
  readonly silent = new Set<Extension>();

  constructor(
    readonly pdu: Buffer,
    readonly contextName: string,
  ) {}

  /** In which context is asked now. */
  get asksIn(): string {
    return this.probe === undefined ? this.contextName : '';
  }
}

/** A GetRequest for nothing. */
export function emptyRequest(requestId: number): Buffer {
  return tagged(getRequest, ...[requestId, 0, 0].map(encodedInteger), tagged(sequence));
}
