/**
 * The child of windows.system.ts: asks IP Helper what it can be asked, one thing after the other with nothing else under way, and prints
 * the answers as one line of JSON. Its argument is a JSON list of the addresses that get an echo request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnosis } from 'ksocket/plugin';
import { diagnose } from '../diagnose.js';
import { isObstacle } from '../probes/probe.js';
import { type EchoEnd, openEchoRequests } from '../sockets/echo-requests.js';
import { type CachedNeighbour, neighbourhood, type Route } from '../system/neighbourhood.js';

export interface Told {
  readonly routes: readonly Route[];
  readonly diagnosis: readonly Diagnosis[];
  /** What came of each echo request, in the order of the addresses. */
  readonly echoes: readonly (EchoEnd | undefined)[];
  /** After the echoes. */
  readonly neighbours: readonly CachedNeighbour[];
}

const timeoutMs = 700;
const addresses = JSON.parse(process.argv[2] ?? '[]') as string[];
const around = neighbourhood();
const diagnosis: Diagnosis[] = [];
for await (const it of diagnose(around)) diagnosis.push(it);
const routes = await around.routes();

const ends = new Map<string, EchoEnd>();
const after = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
const requests = await openEchoRequests({ after }, Buffer.alloc(16, 'k'), (to, end) => void ends.set(to, end));
if (!isObstacle(requests)) {
  for (const address of addresses) requests.send(address, timeoutMs);
  await sleep(timeoutMs + 300);
  requests.close();
}
const told: Told = {
  ...{ routes, diagnosis, neighbours: await around.neighbours() },
  echoes: addresses.map((it) => ends.get(it)),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
