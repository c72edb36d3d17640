/** Walks the table of the agent that its argument names, once for each line of its input, and prints the JSON of `Walked`. */
import { createInterface } from 'node:readline';
import { keepHeapSmall } from '../../../core/runtime/frugal-heap.js';
import { walkTable } from './our-walk.js';
import { port } from './snmp.js';

export interface Walked {
  readonly objects: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

keepHeapSmall();
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const from = performance.now();
  const objects = await walkTable(process.argv[2] ?? '', port);
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const walked: Walked = { objects, seconds, cpuSeconds: (user + system) / 1e6, peakMiB };
  process.stdout.write(`${JSON.stringify(walked)}\n`);
}
