/** The question that any SNMPv3 agent answers to anybody, with its engine ID (RFC 3414, section 4). */
import { writeMessage } from './message.js';
import { emptyRequest } from './question.js';
import { writeScopedPdu } from './scoped-pdu.js';

const nothing = Buffer.alloc(0);

export function discoveryRequest(messageId: number): Buffer {
  return writeMessage({
    messageId,
    flags: { auth: false, priv: false, reportable: true },
    engine: { id: nothing, boots: 0, time: 0 },
    user: nothing,
    digest: nothing,
    salt: nothing,
    data: writeScopedPdu({ engineId: nothing, contextName: nothing, pdu: emptyRequest(messageId) }),
  });
}
