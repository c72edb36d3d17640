/** The networks around this machine, and what is kept of them from scan to scan. */
import type { Host, ScanModeParts } from 'ksocket/plugin';
import { candidates } from './candidates.js';
import { diagnose } from './diagnose.js';
import type { Settings } from './index.js';
import { KernelNeighbours } from './kernel-neighbours.js';
import { look } from './look.js';
import { healthy } from './names/dns.js';
import { Obstacles } from './obstacles.js';
import { usualCarriers } from './probes/on-windows.js';
import { neighbourhood } from './system/neighbourhood.js';

export function intranet(host: Host<Settings>): Required<ScanModeParts> {
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
}
