/**
 * Multicast DNS, asked directly: a responder answers a unicast query to its port 5353 (RFC 6762, 5.5), and one from another
 * port like an ordinary DNS server, with its id and question (6.7). Nobody else on the link hears it.
 */
import { pointerNames, pointerQuestion } from '../wire/dns.js';
import type { Question } from './question.js';

export const mdns: Question = { port: 5353, ask: pointerQuestion, read: pointerNames };
