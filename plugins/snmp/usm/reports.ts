/**
 * What an agent says instead of answering: a Report (RFC 3412, section 7.1; RFC 3414, section 3.2) whose one object is the counter that
 * it has just raised. Each becomes a failure whose remedy names the field of the credential file.
 */
import { type Failure, type FailureCode, failure } from 'ksocket/plugin';
import { contentOf, element, objectIdentifier, sequence } from '../ber.js';
import type { PduHead } from '../pdu.js';

export type Report =
  | 'usmStatsUnsupportedSecLevels'
  | 'usmStatsNotInTimeWindows'
  | 'usmStatsUnknownUserNames'
  | 'usmStatsUnknownEngineIDs'
  | 'usmStatsWrongDigests'
  | 'usmStatsDecryptionErrors'
  | 'snmpUnknownSecurityModels'
  | 'snmpInvalidMsgs'
  | 'snmpUnknownPDUHandlers'
  | 'snmpUnavailableContexts'
  | 'snmpUnknownContexts';

/** Without the last sub-identifier, the instance 0, which some agents leave out. */
const counters: Record<Report, string> = {
  // SNMP-USER-BASED-SM-MIB: 1.3.6.1.6.3.15.1.1
  usmStatsUnsupportedSecLevels: '2b060106030f010101',
  usmStatsNotInTimeWindows: '2b060106030f010102',
  usmStatsUnknownUserNames: '2b060106030f010103',
  usmStatsUnknownEngineIDs: '2b060106030f010104',
  usmStatsWrongDigests: '2b060106030f010105',
  usmStatsDecryptionErrors: '2b060106030f010106',
  // SNMP-MPD-MIB: 1.3.6.1.6.3.11.2.1
  snmpUnknownSecurityModels: '2b060106030b020101',
  snmpInvalidMsgs: '2b060106030b020102',
  snmpUnknownPDUHandlers: '2b060106030b020103',
  // SNMP-TARGET-MIB: 1.3.6.1.6.3.12.1
  snmpUnavailableContexts: '2b060106030c0104',
  snmpUnknownContexts: '2b060106030c0105',
};
const byCounter = new Map(Object.entries(counters).map(([name, octets]) => [octets, name as Report]));

/** Which report a Report PDU is; undefined for counters of no known meaning. */
export function reportOf(pdu: Buffer, { list }: PduHead): Report | undefined {
  const pair = element(pdu, list.start, list.end, sequence);
  const name = pair && element(pdu, pair.start, pair.end, objectIdentifier);
  if (name === undefined) return;
  const octets = contentOf(pdu, name).toString('hex');
  return byCounter.get(octets) ?? (octets.endsWith('00') ? byCounter.get(octets.slice(0, -2)) : undefined);
}

export interface Circumstances {
  readonly place: string;
  /** `authPriv` and so on (RFC 3411, section 3.4.3). */
  readonly level: string;
  /** The context asked in; empty for the agent’s own. */
  readonly context: string;
  /** Whether it is that of the credential file. */
  readonly isNamed: boolean;
}

const kinds: Record<Report, (it: Circumstances) => readonly [code: FailureCode, remedy: string]> = {
  usmStatsUnknownUserNames: () => ['E_LOGIN', 'the agent does not know this user: check authData.username'],
  usmStatsWrongDigests: () => [
    'E_LOGIN',
    'the agent refuses the authentication of this user: check authData.authKey and authData.authProtocol',
  ],
  usmStatsDecryptionErrors: () => [
    'E_LOGIN',
    'the agent cannot decrypt what this user asks: check authData.privKey and authData.privProtocol',
  ],
  usmStatsUnsupportedSecLevels: ({ level }) => [
    'E_UNSUPPORTED',
    `the agent does not take ${level} from this user: authData.authProtocol and authData.privProtocol must be those of the user there`,
  ],
  usmStatsNotInTimeWindows: () => [
    'E_PROTOCOL',
    'the agent finds every message too old or too new: its engine boots and engine time do not stand (RFC 3414, 2.2), and a restart of its SNMP service may help',
  ],
  usmStatsUnknownEngineIDs: () => [
    'E_PROTOCOL',
    'the agent does not know the engine ID that it gave; perhaps several agents answer at this address',
  ],
  snmpUnavailableContexts: (it) => ['E_UNSUPPORTED', noContext(it)],
  snmpUnknownContexts: (it) => ['E_UNSUPPORTED', noContext(it)],
  snmpUnknownSecurityModels: () => [
    'E_UNSUPPORTED',
    'the agent does not have the user-based security model; a file with authData.community and without authData.username asks by SNMPv2c',
  ],
  snmpInvalidMsgs: () => ['E_PROTOCOL', 'the agent reports the message as invalid'],
  snmpUnknownPDUHandlers: () => ['E_PROTOCOL', 'nothing behind the agent answers for its engine ID'],
};

function noContext({ context, isNamed }: Circumstances): string {
  if (!isNamed) return `the agent has no context ${context}`;
  return context === ''
    ? 'the agent has nothing in its own context: authData.contextName must name one of its contexts'
    : `the agent has no context ${context}: check authData.contextName`;
}

export function failureOf(report: Report | undefined, it: Circumstances): Failure {
  const [code, remedy] = report === undefined ? ['E_PROTOCOL' as const, undefined] : kinds[report](it);
  return failure(code, it.place, { remedy });
}
