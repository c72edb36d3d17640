/**
 * The journal's port in memory: what is synced stands on a Disk, which outlives the process; what is not is lost with it. Behaves
 * as core/journal/sqlite.ts does (journal-port.test.ts holds both to the same answers).
 */
import { failure } from '../../core/contract/index.js';
import type { Entry, Identity, Journal, JournalRecord, Outcome } from '../../core/journal/index.js';
import { chainDigest, emptyDigest, type FrameOf, type Pair } from '../../core/wire/index.js';

/** Nothing in here is ever changed in place, so that a copy of the maps is a copy of the state. */
interface Row extends Entry {
  readonly input: unknown;
  /** State of the checkpoint. */
  readonly progress: unknown;
  readonly records: readonly JournalRecord[];
}

export interface JournalState {
  readonly identity: Identity;
  readonly ops: ReadonlyMap<string, Row>;
}

export class Disk {
  /** What is there after a power cut. */
  durable: JournalState;
  /** True while the disk takes nothing. */
  full = false;

  constructor(instance: string) {
    this.durable = {
      identity: { instance, pair: null, lastEpoch: 0, maxSeen: 0, proven: null },
      ops: new Map(),
    };
  }
}

type Method = 'adopt' | 'epoch' | 'proven' | 'accept' | 'start' | 'append' | 'checkpoint' | 'done' | 'ack' | 'settle';

export interface MemoryJournalOptions {
  /** Every step that touches the disk passes here, so that a process can die at it. */
  readonly step?: <T>(work: () => T) => T;
  /** Does this method reach the disk by itself? What does not is carried along by the next one that does. */
  readonly syncs?: (method: Method) => boolean;
}

const relaxed: ReadonlySet<Method> = new Set(['ack', 'settle']);

export class MemoryJournal implements Journal {
  readonly damaged = false;
  #state: JournalState;
  readonly #step: <T>(work: () => T) => T;
  readonly #syncs: (method: Method) => boolean;

  constructor(
    private readonly disk: Disk,
    options: MemoryJournalOptions = {},
  ) {
    this.#state = disk.durable;
    this.#step = options.step ?? ((work) => work());
    this.#syncs = options.syncs ?? ((method) => !relaxed.has(method));
  }

  identity(): Identity {
    return this.#state.identity;
  }

  adopt(pair: Pair): void {
    const { pair: old } = this.identity();
    if (old?.spaceId === pair.spaceId && old.slotId === pair.slotId) return;
    this.#write('adopt', ({ identity }) => ({
      identity: { ...identity, pair, lastEpoch: 0, maxSeen: 0 },
      ops: new Map(),
    }));
  }

  setEpoch(lastEpoch: number): void {
    this.#write('epoch', ({ identity, ops }) => ({ identity: { ...identity, lastEpoch }, ops }));
  }

  setProven(proven: string): void {
    this.#write('proven', ({ identity, ops }) => ({ identity: { ...identity, proven }, ops }));
  }

  accept({ input, ...order }: FrameOf<'op'>, acceptedAt: number, outcome?: Outcome): void {
    this.#write('accept', ({ identity, ops }) => {
      if (ops.has(order.opId)) return { identity, ops };
      const row: Row = {
        order,
        state: outcome === undefined ? 'accepted' : 'done',
        run: order.firstRun - 1,
        sentRec: 0,
        digest: emptyDigest,
        keeps: [],
        acked: 0,
        checkpoint: undefined,
        acceptedAt,
        outcome,
        input,
        progress: undefined,
        records: [],
      };
      return {
        identity: { ...identity, maxSeen: Math.max(identity.maxSeen, order.opSeq) },
        ops: new Map(ops).set(order.opId, row),
      };
    });
  }

  count(): number {
    return this.#state.ops.size;
  }

  entries(): Entry[] {
    return [...this.#state.ops.values()].sort((a, b) => a.order.opSeq - b.order.opSeq);
  }

  entry(opId: string): Entry | undefined {
    return this.#state.ops.get(opId);
  }

  input(opId: string): unknown {
    const row = this.#state.ops.get(opId);
    if (row === undefined || row.state === 'done') throw failure('E_FORGOTTEN', `input of operation ${opId}`);
    return row.input;
  }

  start(opId: string, run: number): Entry {
    return this.#change('start', opId, (row) => {
      if (row.outcome !== undefined) throw failure('E_FORGOTTEN', `run of operation ${opId}`);
      const keep = row.checkpoint?.rec ?? 0;
      return {
        ...row,
        ...{ state: 'started' as const, run, keeps: [...row.keeps, { run, keep }], sentRec: keep },
        acked: Math.min(row.acked, keep),
        digest: row.checkpoint?.digest ?? emptyDigest,
        records: row.records.filter(({ rec }) => rec <= keep),
      };
    });
  }

  append(opId: string, bodies: readonly string[]): Entry {
    return this.#change('append', opId, (row) => ({
      ...row,
      sentRec: row.sentRec + bodies.length,
      digest: bodies.reduce(chainDigest, row.digest),
      records: [...row.records, ...bodies.map((json, i) => ({ rec: row.sentRec + i + 1, json }))],
    }));
  }

  checkpoint(opId: string, state: unknown): void {
    this.#change('checkpoint', opId, (row) => ({
      ...row,
      checkpoint: { rec: row.sentRec, digest: row.digest },
      progress: state,
    }));
  }

  checkpointState(opId: string): unknown {
    return this.#state.ops.get(opId)?.progress;
  }

  done(opId: string, outcome: Outcome): void {
    if (!this.#state.ops.has(opId)) return;
    // The first outcome stays.
    this.#change('done', opId, (row) => ({
      ...row,
      state: 'done',
      outcome: row.outcome ?? outcome,
      progress: undefined,
    }));
  }

  acknowledged(opId: string, rec: number): void {
    if (!this.#state.ops.has(opId)) return;
    this.#change('ack', opId, (row) => ({
      ...row,
      acked: Math.max(row.acked, Math.min(row.sentRec, rec)),
      records: row.records.filter((record) => record.rec > rec),
    }));
  }

  records(opId: string, after: number, limit: number): JournalRecord[] {
    return (this.#state.ops.get(opId)?.records ?? []).filter(({ rec }) => rec > after).slice(0, limit);
  }

  settle(opId: string): void {
    this.#write('settle', ({ identity, ops }) => {
      const left = new Map(ops);
      left.delete(opId);
      return { identity, ops: left };
    });
  }

  close(): void {
    this.disk.durable = this.#state;
  }

  #change(method: Method, opId: string, change: (row: Row) => Row): Entry {
    this.#write(method, ({ identity, ops }) => {
      const row = ops.get(opId);
      if (row === undefined) throw failure('E_FORGOTTEN', `operation ${opId}`);
      return { identity, ops: new Map(ops).set(opId, change(row)) };
    });
    return this.#state.ops.get(opId)!;
  }

  #write(method: Method, change: (state: JournalState) => JournalState): void {
    this.#step(() => {
      if (this.disk.full) throw failure('E_STORAGE', `${method}: the operation journal`);
      this.#state = change(this.#state);
      if (this.#syncs(method)) this.disk.durable = this.#state;
    });
  }
}
