/** The user of the chaos run: puts orders into the space's database as its command line does, and reads back what became of them. */
import type { Random } from '../../core/contract/index.js';
import { uuidv7 } from '../../core/wire/index.js';
import { addOperation } from '../../space/storage/operations.js';
import { readBodies } from '../../space/storage/records.js';
import { openStorage, type Storage } from '../../space/storage/sqlite.js';
import { type SimulatedRecord, simulatedRecord, type Target } from '../simulation/target.js';

interface Ordered {
  readonly opId: string;
  readonly key: string;
  readonly units: number;
  readonly maxRuns: number;
  /** Its outcome as it was first seen. */
  outcome?: string;
}

export interface Verdict {
  operations: number;
  ok: number;
  lost: number;
  duplicated: number;
  overRun: number;
  wrong: string[];
}

export class Orders {
  readonly #ordered: Ordered[] = [];

  private constructor(
    private readonly storage: Storage,
    private readonly slotId: string,
    private readonly port: number,
    private readonly random: Random,
  ) {}

  static async on(directory: string, slotId: string, port: number, random: Random): Promise<Orders> {
    return new Orders(await openStorage(directory), slotId, port, random);
  }

  async add(): Promise<void> {
    const { random } = this;
    const n = this.#ordered.length;
    const upTo = (most: number) => Math.floor(random.next() * (most + 1));
    const once = random.next() < 0.3;
    const units = random.next() < 0.1 ? 200 + upTo(800) : 1 + upTo(20);
    const ordered = {
      opId: uuidv7(Date.now(), random.bytes(10)),
      key: `order-${n}`,
      units,
      maxRuns: once ? 1 : 1 + upTo(4),
    };
    const stepMs = units > 100 ? upTo(5) : upTo(200);
    const input = { key: ordered.key, units, stepMs, every: random.next() < 0.7 ? 1 + upTo(5) : 0, port: this.port };
    await addOperation(
      this.storage.db,
      {
        ...{ opId: ordered.opId, slotId: this.slotId, kind: once ? 'chaos.once' : 'chaos.safe', kindVersion: 1, input },
        ...{ class: once ? 'once' : 'safe', startWithin: 3600, timeLimit: 600, maxRuns: ordered.maxRuns },
      },
      Date.now(),
    );
    this.#ordered.push(ordered);
  }

  get count(): number {
    return this.#ordered.length;
  }

  /** Looks at what has ended since; an outcome that changes is a second one. Returns how many are open. */
  async look(verdict: Verdict): Promise<number> {
    const rows = await this.storage.db
      .selectFrom('operations')
      .select(['op_id', 'state', 'status', 'code', 'digest', 'ended_at'])
      .execute();
    const byId = new Map(rows.map((row) => [row.op_id, row]));
    let open = 0;
    for (const ordered of this.#ordered) {
      const { state, ...outcome } = byId.get(ordered.opId) ?? { state: 'gone' };
      if (state !== 'done') open += 1;
      const text = state === 'done' ? JSON.stringify(outcome) : undefined;
      if (ordered.outcome !== undefined && ordered.outcome !== text) {
        verdict.duplicated += 1;
        verdict.wrong.push(`${ordered.key}: ${ordered.outcome} became ${text ?? state}`);
      }
      if (text !== undefined) ordered.outcome = text;
    }
    return open;
  }

  /** At the end, everything against what the target has seen. */
  async judge(target: Target): Promise<Verdict> {
    const verdict: Verdict = { operations: this.count, ok: 0, lost: 0, duplicated: 0, overRun: 0, wrong: [] };
    await this.look(verdict);
    for (const ordered of this.#ordered) await this.#judge(ordered, target, verdict);
    return verdict;
  }

  async #judge({ opId, key, units, maxRuns, outcome }: Ordered, target: Target, verdict: Verdict): Promise<void> {
    const { status, code } = JSON.parse(outcome ?? '{}') as { status?: string; code?: string };
    if (status === undefined) {
      verdict.lost += 1;
      verdict.wrong.push(`${key} has no outcome`);
    }
    const executions = target.executions.get(key) ?? 0;
    if (executions > maxRuns) {
      verdict.overRun += 1;
      verdict.wrong.push(`${key} ran ${executions} times of ${maxRuns}`);
    }
    const records: SimulatedRecord[] = [];
    for await (const bodies of readBodies(this.storage.db, opId))
      records.push(...bodies.map((body) => simulatedRecord.parse(JSON.parse(body))));
    if (records.some((record, i) => record.key !== key || record.unit !== i + 1))
      verdict.wrong.push(`${key}: its records are not its units in order`);
    if (status === 'ok' && records.length !== units)
      verdict.wrong.push(`${key}: ok with ${records.length} of ${units} units`);
    if (status === 'ok') verdict.ok += 1;
    // A crash may use up the runs; nothing else may end an order here.
    else if (status !== undefined && code !== 'E_CRASHED') verdict.wrong.push(`${key}: ${status} ${code}`);
  }

  close(): Promise<void> {
    return this.storage.close();
  }
}
