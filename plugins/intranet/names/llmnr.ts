/**
 * LLMNR, asked directly. RFC 4795, 2.4: who looks up an address asks its holder by TCP, and datagrams that were not sent to
 * the group are discarded; systemd-resolved keeps to that. Microsoft's profile (MS-LLMNRP, 2.1) requires UDP and leaves TCP
 * to the implementation; so a host that has nothing to say by TCP is asked by UDP.
 */
import type { Address } from 'ksocket/plugin';
import type { Pace } from '../pace.js';
import { isTentative, pointerNames, pointerQuestion } from '../wire/dns.js';
import { askByDatagram, askByStream, type LinkParts, type Question } from './question.js';

const llmnr: Question = {
  port: 5355,
  ask: pointerQuestion,
  read: (message, asked) => (isTentative(message) ? undefined : pointerNames(message, asked)),
};

/** @throws the reason of the signal */
export async function askLlmnr(address: Address, pace: Pace, parts: LinkParts): Promise<string[]> {
  const names = await askByStream(llmnr, address, pace, parts);
  return names.length > 0 ? names : askByDatagram(llmnr, address, pace, parts);
}
