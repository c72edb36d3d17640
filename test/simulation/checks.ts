/** What must hold, checked where it would break: at each frame that promises something, at each outcome, and at the end. */
import type Sqlite from 'better-sqlite3';
import type { Frame } from '../../core/wire/index.js';
import type { Outcome } from '../../space/session/order.js';
import { readBodies } from '../../space/storage/records.js';
import type { OperationTable, Queries } from '../../space/storage/schema.js';
import { connectSettings } from './agent.js';
import type { Disk } from './memory-journal.js';
import { prepared } from './space.js';
import { type SimulatedInput, type SimulatedRecord, simulatedRecord, type Target } from './target.js';

/** An order that the space promised to its user. */
export interface Promised {
  readonly opId: string;
  readonly input: SimulatedInput;
  readonly kind: string;
  readonly maxRuns: number;
  outcome?: string;
}

/** Codes of outcomes that a healthy pair of ends never needs. */
const unexplained: ReadonlySet<string> = new Set(['E_FORGOTTEN', 'E_STORAGE', 'E_BUSY', 'E_PLUGIN', 'E_LIMIT']);

export interface Counts {
  lost: number;
  duplicated: number;
  overRun: number;
}

export class Checks {
  readonly counts: Counts = { lost: 0, duplicated: 0, overRun: 0 };
  /** Sentences; a world without faults in its code has none. */
  readonly violations: string[] = [];
  readonly promised = new Map<string, Promised>();
  #restored = false;

  constructor(
    private readonly target: Target,
    private readonly at: () => string,
  ) {}

  violated(text: string): void {
    if (this.violations.length < 20) this.violations.push(`${this.at()} ${text}`);
  }

  /** Before an agent's frame leaves, what it says is on its disk. */
  fromAgent(frame: Frame, { durable }: Disk): void {
    const row = 'opId' in frame ? durable.ops.get(frame.opId) : undefined;
    const promise = (kept: boolean): void => {
      if (!kept) this.violated(`${frame.type} of an agent whose disk does not have it`);
    };
    if (frame.type === 'accept') promise(row !== undefined);
    else if (frame.type === 'start') promise(row !== undefined && row.run >= frame.run);
    else if (frame.type === 'record') promise(row !== undefined && row.sentRec >= frame.rec);
    else if (frame.type === 'done' && frame.code !== 'E_FORGOTTEN') promise(row?.outcome !== undefined);
    else if (frame.type === 'hello' && frame.ops.length > 300) this.violated(`${frame.ops.length} open operations`);
  }

  fromSpace(frame: Frame, raw: Sqlite.Database): void {
    if (frame.type !== 'ack' && frame.type !== 'settle') return;
    const row = prepared(raw, 'select state, records from operations where op_id = ?').get(frame.opId) as
      | { state: string; records: number }
      | undefined;
    // What it does not know at all may be forgotten over there as well.
    if (row === undefined) return;
    // A transaction that is open is not durable.
    if (raw.inTransaction) this.violated(`${frame.type} within a transaction`);
    if (frame.type === 'settle' && row.state !== 'done') this.violated('settle before the outcome is durable');
    if (frame.type === 'ack' && row.state !== 'done' && row.records < frame.rec)
      this.violated(`ack of record ${frame.rec} with ${row.records} on disk`);
  }

  /** In the transaction that stores an outcome. */
  async concluded(db: Queries, row: OperationTable, outcome: Outcome): Promise<void> {
    const promised = this.promised.get(row.op_id);
    if (promised === undefined) return this.violated(`outcome of ${row.op_id}, which nobody ordered`);
    const said = JSON.stringify([outcome.status, outcome.code, row.records, row.digest]);
    if (promised.outcome !== undefined) {
      this.counts.duplicated += 1;
      this.violated(`a second outcome of ${row.op_id}: ${said} after ${promised.outcome}`);
    }
    promised.outcome = said;
    const bodies: string[] = [];
    for await (const part of readBodies(db, row.op_id)) bodies.push(...part);
    this.#records(promised, row, outcome, bodies);
  }

  /** The space went back to an old backup: only then may something be forgotten, or be missing. */
  restored(): void {
    this.#restored = true;
  }

  /** A process ended that had so many runs at once. */
  worked(mostRunning: number): void {
    if (mostRunning > connectSettings.maxRunningOperations) this.violated(`${mostRunning} operations ran at once`);
  }

  /** A transaction that was rolled back with its process has stored nothing. */
  rolledBack(raw: Sqlite.Database): void {
    const done = prepared(raw, `select 1 from operations where op_id = ? and state = 'done'`);
    for (const promised of this.promised.values())
      if (promised.outcome !== undefined && done.get(promised.opId) === undefined) delete promised.outcome;
  }

  #records({ input, opId }: Promised, row: OperationTable, outcome: Outcome, bodies: readonly string[]): void {
    const records = bodies.map((body) => JSON.parse(body) as SimulatedRecord);
    if (records.length !== row.records) this.violated(`${opId}: ${records.length} records where ${row.records} stand`);
    for (const [i, record] of records.entries()) {
      const fits = simulatedRecord.safeParse(record).success && record.key === input.key && record.unit === i + 1;
      if (!fits) return this.violated(`${opId}: record ${i + 1} is ${JSON.stringify(record)}`);
      if (!this.target.units.get(input.key)?.has(record.unit))
        this.violated(`${opId}: unit ${record.unit} was never done`);
    }
    if (outcome.status === 'ok' && records.length !== input.units)
      this.violated(`${opId}: ok with ${records.length} of ${input.units} units`);
    const excused = this.#restored && (outcome.code === 'E_FORGOTTEN' || outcome.code === 'E_STORAGE');
    if (!excused && unexplained.has(outcome.code ?? '')) this.violated(`${opId} ended as ${outcome.code}`);
    if (outcome.code === 'E_PROTOCOL') this.violated(`${opId}: ${outcome.note}`);
  }

  /** Nothing happens any more: everything promised must have come true. */
  atTheEnd(raw: Sqlite.Database, keptByAgent: number): void {
    const rows = prepared(raw, 'select op_id, state from operations').all() as { op_id: string; state: string }[];
    const states = new Map(rows.map((row) => [row.op_id, row.state]));
    for (const { opId, input, kind, maxRuns } of this.promised.values()) {
      const executions = this.target.executions.get(input.key) ?? 0;
      if (states.get(opId) !== 'done') {
        this.counts.lost += 1;
        this.violated(`${opId} has no outcome: ${states.get(opId)}`);
      }
      if (executions > (kind === 'sim.forbidden' ? 0 : maxRuns)) {
        this.counts.overRun += 1;
        this.violated(`${opId} ran ${executions} times of ${maxRuns}`);
      }
    }
    if (keptByAgent > 0) this.violated(`the agent still keeps ${keptByAgent} operations`);
  }
}
