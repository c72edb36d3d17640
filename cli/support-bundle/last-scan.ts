/** The last scan in numbers: what was ordered, what came of it. What it found stays at the customer's. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TrailEventOf } from '../../core/inventory/index.js';
import { trailEventOf, trailsIn } from '../trails.js';

export async function lastScan(directory: string) {
  const [name] = await trailsIn(directory);
  if (name === undefined) return { note: `no scan is written down in ${directory}` };
  let scan: TrailEventOf<'scan'> | undefined;
  let end: TrailEventOf<'end'> | undefined;
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  for await (const line of createInterface({ input: createReadStream(join(directory, name)) })) {
    const event = trailEventOf(line);
    if (event === undefined) continue;
    if (event.is === 'scan') scan ??= event;
    else if (event.is === 'end') end = event;
    else if (event.is === 'seen') count(`seen, alive ${event.alive}`);
    else if (event.is === 'finding') count(`finding ${event.kind}`);
    else if (event.is === 'node')
      for (const it of event.outcomes) count(`${it.collector} ${it.result} ${it.code ?? ''}`.trim());
    else count(event.is);
  }
  return { trail: name, scan, ended: end !== undefined, summary: end, counts };
}
