/** A child of the tests: finds the places of 65,536 addresses in its namespace and tells what that cost. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { neighbourhood } from '../system/neighbourhood.js';
import { readTopology } from '../system/read-topology.js';
import { addressOf, numberOf } from '../wire/ipv4.js';

const topology = await readTopology(neighbourhood());
const first = numberOf('10.66.0.0');
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const from = process.cpuUsage();
let onLink = 0;
for (let at = 0; at < 65_536; at += 1024) {
  const batch = Array.from({ length: 1024 }, (_, i) => addressOf(first + at + i));
  for (const it of await topology.places(batch)) if (it.kind === 'on-link') onLink += 1;
  await turn();
}
const { user, system } = process.cpuUsage(from);
delay.disable();
console.log(JSON.stringify({ ms: (user + system) / 1000, blockedMs: delay.max / 1e6, onLink }));
