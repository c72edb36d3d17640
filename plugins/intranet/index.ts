/** Scan mode `intranet`: finds what is alive in the networks around this machine by asking them. */
import { type ScanCall, scanMode } from 'ksocket/plugin';
import { z } from 'zod';
import { candidates } from './candidates.js';
import { diagnose } from './diagnose.js';
import { KernelNeighbours } from './kernel-neighbours.js';
import { look } from './look.js';
import { healthy } from './names/dns.js';
import { usualCarriers } from './probes/on-windows.js';
import type { Obstacle } from './probes/probe.js';
import { neighbourhood } from './system/neighbourhood.js';

const settings = z.strictObject({
  carrier: z
    .enum(['auto', 'pcap', 'packet-socket'])
    .default('auto')
    .describe(
      'What carries ARP frames: libpcap, packet sockets of Linux, or whichever works, on Linux packet sockets first',
    ),
});

export default scanMode({
  name: 'intranet',
  settings,
  doc: 'Finds what is alive in the networks around this machine, by ARP, ICMP, TCP and UDP.',
  setup(host) {
    const around = neighbourhood();
    const { carrier } = host.settings;
    const carriers = carrier === 'auto' ? usualCarriers() : [carrier];
    /** Probes that were told as impossible, by the scan they were told to: a scan looks many times. */
    const told = new WeakMap<ScanCall, Set<string>>();
    const obstacle = (scan: ScanCall, probe: string, { reason, remedy }: Obstacle) => {
      const probes = told.get(scan) ?? new Set();
      told.set(scan, probes);
      if (probes.has(probe)) return;
      probes.add(probe);
      scan.log.warn('a probe is not possible here; others stand in for it', { probe, reason, remedy });
    };
    const health = healthy();
    const kernelNeighbours = new KernelNeighbours(host.clock);
    return {
      candidates: (scan) => candidates(scan, around),
      look: (addresses, scan) =>
        look(addresses, scan, { host, neighbourhood: around, carriers, health, kernelNeighbours, obstacle }),
      diagnose: () => diagnose(around),
    };
  },
});
