/** Scan mode `intranet`: finds what is alive in the networks around this machine by asking them. */
import { scanMode } from 'ksocket/plugin';
import { z } from 'zod';
import { candidates } from './candidates.js';
import { diagnose } from './diagnose.js';
import { KernelNeighbours } from './kernel-neighbours.js';
import { look } from './look.js';
import { healthy } from './names/dns.js';
import { Obstacles } from './obstacles.js';
import { usualCarriers } from './probes/on-windows.js';
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
    const obstacles = new Obstacles();
    const health = healthy();
    const kernelNeighbours = new KernelNeighbours(host.clock);
    return {
      candidates: (scan) => candidates(scan, around),
      look: (addresses, scan) =>
        look(addresses, scan, { host, neighbourhood: around, carriers, health, kernelNeighbours, obstacles }),
      diagnose: () => diagnose(around),
    };
  },
});
