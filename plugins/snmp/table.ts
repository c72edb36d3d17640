/** A table of an agent as a stream of rows, and how far it came. */
import { type Completeness, Failure } from 'ksocket/plugin';
import type { Agent } from './agent.js';
import { ErrorStatus } from './conversation.js';
import { type AnswerSize, type Question, type Row, TableWalk } from './walk.js';

/** sysUpTime.0, the question that every agent can answer. */
const sysUpTime = '1.3.6.1.2.1.1.3.0';

export interface TableEnd {
  readonly state: Extract<Completeness, 'ok' | 'timeout' | 'truncated'>;
  readonly reason?: string | undefined;
}

export class Table {
  /** How the table ended; meaningful after `rows` is done. */
  end: TableEnd = { state: 'ok' };
  /** The size that is tried after a silence. */
  #tried: AnswerSize | undefined;

  /** @param limit rows that are read at most */
  constructor(
    private readonly agent: Agent,
    private readonly columns: readonly string[],
    private readonly limit: number,
  ) {}

  /** Rows in ascending order of index. @throws Failure when the agent is gone; a fault of this one table is told by `end` */
  async *rows(): AsyncGenerator<Row> {
    const walk = new TableWalk(this.columns, this.agent.answerSize);
    let left = this.limit;
    for (;;) {
      for (const row of walk.rows()) {
        if (left-- === 0) {
          this.end = { state: 'truncated', reason: `more than ${this.limit} rows` };
          return;
        }
        yield row;
      }
      const question = walk.next();
      if (question === undefined) break;
      const stopped = await this.#ask(walk, question);
      if (stopped) {
        this.end = stopped;
        return;
      }
    }
    if (walk.broken !== undefined) this.end = { state: 'truncated', reason: walk.broken };
  }

  /** How the table ends here, or undefined while it goes on. */
  async #ask(walk: TableWalk, { oids, repetitions }: Question): Promise<TableEnd | undefined> {
    try {
      walk.answered(await this.agent.following(oids, repetitions));
      // Only what was answered is a lesson for the next table: this one may have been silent to every size.
      this.agent.answerSize = this.#tried ?? this.agent.answerSize;
      return undefined;
    } catch (error) {
      if (error instanceof ErrorStatus) {
        walk.refused(error.status);
        return undefined;
      }
      const spent = this.agent.exhausted;
      if (spent !== undefined) return { state: 'truncated', reason: spent };
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'E_PROTOCOL') return { state: 'truncated', reason: 'an answer was not understood' };
      if (error.code !== 'E_TIMEOUT') throw error;
      this.#tried = walk.unanswered(this.agent.hasSilentTables);
      return this.#tried === undefined ? this.#silent() : undefined;
    }
  }

  /** Silent on this table only, or gone? The second is the session’s failure. @throws Failure */
  async #silent(): Promise<TableEnd> {
    await this.agent.get([sysUpTime]);
    this.agent.hasSilentTables = true;
    return { state: 'timeout', reason: 'the agent does not answer here' };
  }
}
