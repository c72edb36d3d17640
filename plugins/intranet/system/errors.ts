/** What errors of this machine's own sockets mean for a question that was to be sent. */
import type { Shot } from '../probes/probe.js';

/** Something ran out and comes back; never a word about the asked host. EAGAIN is a full send buffer. */
export const shortages: ReadonlySet<string> = new Set([
  ...['ENOBUFS', 'ENOMEM', 'EAGAIN', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EADDRINUSE'],
]);

/** A failed send, by the name of its error: a shortage that passes, or a refusal of this machine's routes and firewall. */
export function localFailure(code: string): Shot {
  if (shortages.has(code)) return 'short';
  // EINVAL is a blackhole route, EACCES a prohibiting one or a broadcast address, EPERM a rule of the firewall.
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'EINVAL') return { refused: 'no-route' };
  return { refused: code === 'EACCES' || code === 'EPERM' ? 'refused-locally' : code.toLowerCase() };
}
