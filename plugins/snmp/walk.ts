/**
 * Walking several columns of a conceptual table at once by GETBULK (RFC 3416, 4.2.3). What is asked next and what an answer
 * means is decided here without any I/O; columns that run ahead wait for the others, so that memory stays bounded by
 * columns × repetitions whatever the table’s size.
 */
import { compareOids, indexBelow } from './oid.js';
import { isAbsent, type Varbind } from './value.js';

/** RFC 3416 leaves the number to the manager: small at first, because a reply of one datagram is never fragmented. */
const firstRepetitions = 10;
const mostRepetitions = 50;
/** Objects of which an answer fits into one Ethernet frame: 1,472 octets at about 40 each, some of them texts. */
const fitsOneFrame = 32;

/** What an agent can be asked for: tables as they come, what fits into one frame, or, where GETBULK is lost on it, one row. */
export type AnswerSize = 'large' | 'frame' | 'row';

/** Values of error-status (RFC 3416, section 3). */
const tooBig = 1;
const noSuchName = 2;

/** One row: the index below the columns, and a cell a column in the order of the columns. */
export interface Row {
  readonly index: string;
  readonly cells: readonly (Varbind | undefined)[];
}

export interface Question {
  readonly oids: readonly string[];
  readonly repetitions: number;
}

interface Column {
  readonly oid: string;
  last: string;
  done: boolean;
  /** Cells that no row has taken yet, in ascending order of index. */
  waiting: { index: string; cell: Varbind }[];
}

export class TableWalk {
  readonly #columns: readonly Column[];
  #repetitions = firstRepetitions;
  #ceiling = mostRepetitions;
  #asked: readonly Column[] = [];
  /** How many columns are asked at once; fewer when the agent cannot answer all of them. */
  #width: number;
  /** Why the walk stopped before the end of the table, or undefined. */
  broken: string | undefined;

  constructor(columns: readonly string[], size: AnswerSize) {
    this.#columns = columns.map((oid) => ({ oid, last: oid, done: false, waiting: [] }));
    this.#width = columns.length;
    if (size === 'frame') this.#atMost(Math.floor(fitsOneFrame / columns.length));
    if (size === 'row') this.#atMost(1);
  }

  #atMost(repetitions: number): void {
    this.#ceiling = Math.max(1, repetitions);
    this.#repetitions = Math.min(this.#repetitions, this.#ceiling);
  }

  /** What to ask now; undefined when the table is at its end, or broken. */
  next(): Question | undefined {
    if (this.broken !== undefined) return undefined;
    this.#asked = this.#columns
      .filter((it) => !it.done && it.waiting.length < this.#repetitions)
      .sort((a, b) => a.waiting.length - b.waiting.length)
      .slice(0, this.#width);
    if (this.#asked.length === 0) return undefined;
    return { oids: this.#asked.map((it) => it.last), repetitions: this.#repetitions };
  }

  /** The answer to the last question, one list a column. */
  answered(lists: readonly (readonly Varbind[])[]): void {
    let most = 0;
    this.#asked.forEach((column, i) => {
      const list = lists[i] ?? [];
      most = Math.max(most, list.length);
      this.#take(column, list);
    });
    if (most === 0) this.broken = 'the agent answers without objects';
    // A full answer says that more would have fitted; a shorter one is how an agent says that it would not (4.2.3).
    if (most >= this.#repetitions) this.#repetitions = Math.min(this.#repetitions * 2, this.#ceiling);
  }

  #take(column: Column, list: readonly Varbind[]): void {
    for (const cell of list) {
      const index = indexBelow(column.oid, cell.oid);
      if (isAbsent(cell) || index === undefined) {
        // Past the end, in whatever direction: an agent that goes back outside of the column cannot go on in it.
        column.done = true;
        return;
      }
      if (compareOids(column.last, cell.oid) >= 0) {
        column.done = true;
        this.broken = 'object identifiers do not increase';
        return;
      }
      column.last = cell.oid;
      column.waiting.push({ index, cell });
    }
  }

  /** The agent refused the last question: ask for less, and less at once, and give up at one object. */
  refused(status: number): void {
    if (this.#repetitions > 1) this.#atMost(status === tooBig ? this.#repetitions >> 1 : 1);
    else if (this.#asked.length > 1) this.#width = 1;
    else if (status === noSuchName) for (const column of this.#asked) column.done = true;
    else this.broken = `the agent answers with error-status ${status}`;
  }

  /**
   * No answer came: perhaps it was too large for the way, as fragments are often filtered; or the agent drops GETBULK, as
   * some cards of printers and power supplies do. The size to try next, or undefined when no smaller one is left.
   * @param atOnce nothing in between, because another table was silent to every size
   */
  unanswered(atOnce = false): AnswerSize | undefined {
    if (this.#repetitions === 1) return undefined;
    const inFrame = Math.floor(fitsOneFrame / this.#asked.length);
    const size = !atOnce && inFrame > 1 && inFrame < this.#repetitions ? 'frame' : 'row';
    this.#atMost(size === 'frame' ? inFrame : 1);
    return size;
  }

  /** The rows that are complete by now, in ascending order of index. */
  *rows(): Generator<Row> {
    for (;;) {
      let least: string | undefined;
      for (const { waiting, done } of this.#columns) {
        const head = waiting[0]?.index;
        // A column that may still bring this index holds the row back, unless nothing more will come.
        if (head === undefined && !done && this.broken === undefined) return;
        if (head !== undefined && (least === undefined || compareOids(head, least) < 0)) least = head;
      }
      if (least === undefined) return;
      const index = least;
      yield {
        index,
        cells: this.#columns.map((it) => (it.waiting[0]?.index === index ? it.waiting.shift()!.cell : undefined)),
      };
    }
  }
}
