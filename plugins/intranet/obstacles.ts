/** What could not be asked with, and what stood in for it: a finding of the scan, once for each kind of probe. */
import type { Finding, ScanCall } from 'ksocket/plugin';
import type { Obstacle } from './probes/probe.js';

/** What a scan does without one of its probes, and what it misses. */
export const instead: Readonly<Record<string, string>> = {
  arp: 'hosts of links are asked through the system, by ICMP and TCP and by its own ARP, which is slower',
  nd: 'hosts of links are asked through the system, by ICMPv6 and TCP and by its own neighbour discovery, which is slower',
  'icmp-echo': 'hosts that answer neither TCP nor a credential’s datagram are not seen',
  'tcp-syn': 'TCP is asked by whole connections, which is slower',
};

export class Obstacles {
  /** A scan looks many times. */
  readonly #told = new WeakMap<ScanCall, Set<string>>();

  /** Undefined when this scan knows already. */
  finding(scan: ScanCall, probe: string, { reason, remedy }: Obstacle): Finding | undefined {
    const probes = this.#told.get(scan) ?? new Set();
    this.#told.set(scan, probes);
    if (probes.has(probe)) return undefined;
    probes.add(probe);
    const text = `${probe} is not possible here (${reason}): ${instead[probe] ?? 'other probes stand in'}; ${remedy}`;
    return { finding: 'probe-not-possible', text };
  }
}
