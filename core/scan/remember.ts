/** When a scan writes down where it is. */
import type { Clock } from '../contract/index.js';
import type { ScanState } from './state.js';

/** What a crash makes a scan do again, at the most; and checkpoints take about a fiftieth of the time at the most. */
const everyMs = 5000;
const share = 50;
/** Milliseconds for each line of a state: to make it, to write it as JSON, and for SQLite to take it. */
const lineMs = 0.002;

/**
 * Takes the state now and then and hands it to `take`, which puts it among the records at that very moment; the next one waits
 * until it is through. The returned function ends that.
 */
export function remember(clock: Clock, state: () => ScanState, take: (state: ScanState) => Promise<void>): () => void {
  let ended = false;
  let takeBack = (): void => undefined;
  const wait = (ms: number) => {
    if (!ended) takeBack = clock.after(ms, () => void now());
  };
  const now = async () => {
    const it = state();
    await take(it);
    wait(Math.max(everyMs, linesOf(it) * lineMs * share));
  };
  wait(everyMs);
  return () => {
    ended = true;
    takeBack();
  };
}

function linesOf({ visited, leads, hosts, round }: ScanState): number {
  const lists = [
    visited,
    hosts,
    ...leads.flatMap((it) => [it.runs, it.ranges]),
    ...(round?.asked ?? []).map((it) => it.runs),
  ];
  return lists.reduce((sum, list) => sum + list.length + 1, 0);
}
