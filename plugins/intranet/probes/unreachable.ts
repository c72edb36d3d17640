/**
 * What "destination unreachable" proves. Life when the asked host itself sends it (a firewall that rejects); death only when a
 * router on the way says that this host cannot be reached. Prohibitions and missing networks prove nothing, and neither
 * does this machine's own kernel, which says the same of every host behind a gateway that is down.
 */
import type { Address } from 'ksocket/plugin';
import type { Answer } from './probe.js';

/** ICMP code 1 (RFC 792) and ICMPv6 code 3 (RFC 4443). */
const noSuchHost = new Set(['host-unreachable', 'address-unreachable']);

export function unreachable(scene: {
  readonly from: Address;
  readonly about: Address;
  readonly isOwn: (address: Address) => boolean;
  readonly evidence: Answer['evidence'];
}): Answer {
  const { from, about, evidence } = scene;
  if (from === about) return { address: about, evidence, alive: 'yes', timed: true };
  const dead = noSuchHost.has(evidence.answer) && !scene.isOwn(from);
  return { address: about, evidence, timed: false, ...(dead ? { alive: 'no' } : {}) };
}
