/** Where a scan of the intranet begins: what was ordered, the default gateways, and whoever this machine talked to lately. */
import { type Candidate, parseRange, type ScanCall, tryParseAddress } from 'ksocket/plugin';
import type { Neighbourhood } from './system/neighbourhood.js';

export async function* candidates(scan: ScanCall, neighbourhood: Neighbourhood): AsyncGenerator<Candidate> {
  for (const range of scan.start) yield { range, source: 'start' };
  const told = new Set<string>(scan.start.map((it) => it.text));
  const learnt = [
    ...(await neighbourhood.gateways()).map((address) => ({ address, source: 'gateway' })),
    ...(await neighbourhood.neighbours()).map(({ address }) => ({ address, source: 'neighbour-cache' })),
  ];
  for (const { address, source } of learnt) {
    scan.signal.throwIfAborted();
    const canonical = tryParseAddress(address);
    if (canonical === undefined || told.has(canonical)) continue;
    told.add(canonical);
    yield { range: parseRange(canonical), source };
  }
}
