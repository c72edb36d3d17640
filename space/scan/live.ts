/** Running scans as they are this second: progress, rate, remaining time, and the nodes seen so far. Lives in memory only. */
import type { Clock } from '../../core/contract/ports.js';
import { assembleNodes, type NodeDocument } from '../../core/inventory/index.js';
import type { FrameOf } from '../../core/wire/frames.js';
import type { ScanRecord } from '../../core/wire/scan.js';
import { readRecords } from '../storage/records.js';
import type { Queries } from '../storage/schema.js';

/** The rate is that of this span: long enough to be calm, short enough to notice a change. */
const rateSpanMs = 30_000;
/** A preview is not made more often than this, nor than ten times as long as the last one took. */
const previewMs = 2000;

export interface LiveProgress {
  readonly done: number;
  readonly total: number;
  readonly note: string;
  /** What the agent counts by itself: `alive`, `entered`… */
  readonly counts?: Readonly<Record<string, number>> | undefined;
  /** Steps a second, once it can be said. */
  readonly rate: number | undefined;
  /** Seconds. */
  readonly remaining: number | undefined;
}

interface Entry {
  samples: { at: number; done: number }[];
  latest: Omit<FrameOf<'progress'>, 'type' | 'opId' | 'run'>;
}

interface Preview {
  readonly at: number;
  readonly tookMs: number;
  readonly records: number;
  readonly nodes: Promise<NodeDocument[]>;
}

export class LiveScans {
  readonly #clock: Clock;
  readonly #progress = new Map<string, Entry>();
  readonly #previews = new Map<string, Preview>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  report({ opId, run: _, type: __, ...latest }: FrameOf<'progress'>): void {
    const at = this.#clock.monotonic();
    const samples = (this.#progress.get(opId)?.samples ?? []).filter((s) => at - s.at <= rateSpanMs);
    // A new run begins from the start; what was measured before says nothing about it.
    if (samples.some((s) => s.done > latest.done)) samples.length = 0;
    this.#progress.set(opId, { latest, samples: [...samples, { at, done: latest.done }].slice(-120) });
  }

  progress(opId: string): LiveProgress | undefined {
    const entry = this.#progress.get(opId);
    if (entry === undefined) return undefined;
    const { latest, samples } = entry;
    const [first, last] = [samples[0], samples.at(-1)];
    const seconds = first && last ? (last.at - first.at) / 1000 : 0;
    const rate = seconds >= 1 && first && last ? (last.done - first.done) / seconds : undefined;
    const { remainingSeconds, ...rest } = latest;
    // The agent knows how long each kind of step takes; without its word the mean pace has to do.
    const byPace = rate !== undefined && rate > 0 ? Math.max(0, (latest.total - latest.done) / rate) : undefined;
    return { ...rest, rate, remaining: remainingSeconds ?? (latest.counts === undefined ? byPace : undefined) };
  }

  forget(opId: string): void {
    this.#progress.delete(opId);
    this.#previews.delete(opId);
  }

  /** The nodes that the records so far speak of. Several pages share one assembly. */
  nodes(db: Queries, opId: string, records: number): Promise<NodeDocument[]> {
    const at = this.#clock.monotonic();
    const known = this.#previews.get(opId);
    if (known && (known.records === records || at - known.at < Math.max(previewMs, known.tookMs * 10)))
      return known.nodes;
    const nodes = assembleAll(db, opId);
    const preview = { at, tookMs: 0, records, nodes };
    this.#previews.set(opId, preview);
    return nodes.then((result) => {
      preview.tookMs = this.#clock.monotonic() - at;
      return result;
    });
  }
}

async function assembleAll(db: Queries, opId: string): Promise<NodeDocument[]> {
  const records: ScanRecord[] = [];
  for await (const part of readRecords(db, opId)) records.push(...part);
  return assembleNodes(records);
}
