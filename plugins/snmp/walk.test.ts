import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { growth } from 'ksocket/testing';
import { compareOids } from './oid.js';
import { type Row, TableWalk } from './walk.js';

const cell = (oid: string) => ({ oid, type: 2, value: 1 });
const end = (oid: string) => ({ oid, type: 0x82, value: null });

/** Runs a walk against sorted objects, as an agent would answer, with answers of any length. */
function run(
  columns: string[],
  objects: string[],
  answerLength: () => number,
): { rows: Row[]; walk: TableWalk; waiting: number } {
  const sorted = [...objects, '2.0'].sort(compareOids);
  const walk = new TableWalk(columns, 'large');
  const rows: Row[] = [];
  let waiting = 0;
  for (let question = walk.next(); question !== undefined; question = walk.next()) {
    const rounds = Math.max(1, Math.min(question.repetitions, answerLength()));
    waiting = Math.max(waiting, question.oids.length * question.repetitions);
    const lists = question.oids.map((from) => {
      const first = sorted.findIndex((it) => compareOids(it, from) > 0);
      return sorted.slice(first, first + rounds).map((it) => (it === '2.0' ? end(it) : cell(it)));
    });
    walk.answered(lists);
    rows.push(...walk.rows());
  }
  rows.push(...walk.rows());
  return { rows, walk, waiting };
}

test('Rows come complete and in order, whatever columns lack and however short the answers are', () => {
  const index = fc.nat(40);
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(index), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 60 }),
      (table, length) => {
        const columns = table.map((_, i) => `1.9.${i + 1}`);
        const objects = table.flatMap((indexes, i) => indexes.map((it) => `${columns[i]}.${it}`));
        const { rows, walk } = run(columns, objects, () => length);
        assert.equal(walk.broken, undefined);
        const expected = [...new Set(table.flat())].sort((a, b) => a - b);
        assert.deepEqual(
          rows.map((it) => Number(it.index)),
          expected,
        );
        for (const row of rows)
          for (const [i, indexes] of table.entries())
            assert.equal(row.cells[i] !== undefined, indexes.includes(Number(row.index)));
      },
    ),
  );
});

test('A column that runs ahead waits for the others', () => {
  const walk = new TableWalk(['1.9.1', '1.9.2'], 'large');
  const next = { '1.9.1': 1, '1.9.2': 9000 };
  let rows = 0;
  for (let i = 0; i < 50; i++) {
    const { oids, repetitions } = walk.next()!;
    walk.answered(
      oids.map((oid) => {
        const column = oid.startsWith('1.9.1') ? '1.9.1' : '1.9.2';
        return Array.from({ length: repetitions }, () => cell(`${column}.${next[column]++}`));
      }),
    );
    rows += [...walk.rows()].length;
  }
  assert.equal(rows, next['1.9.1'] - 1);
  assert.ok(next['1.9.2'] - 9000 <= 100, `${next['1.9.2'] - 9000} cells wait`);
});

test('Answers grow while they are full, and shrink when they are too big', () => {
  const walk = new TableWalk(['1.9.1'], 'large');
  const asked: number[] = [];
  let next = 1;
  for (let i = 0; i < 4; i++) {
    const { repetitions } = walk.next()!;
    asked.push(repetitions);
    walk.answered([Array.from({ length: repetitions }, () => cell(`1.9.1.${next++}`))]);
    assert.equal([...walk.rows()].length, repetitions);
  }
  assert.deepEqual(asked, [10, 20, 40, 50]);
  walk.next();
  walk.refused(1);
  assert.equal(walk.next()?.repetitions, 25);
});

test('Refusals end at one object, and then the table', () => {
  const walk = new TableWalk(['1.9.1', '1.9.2'], 'large');
  const asked: string[] = [];
  for (let question = walk.next(); question !== undefined; question = walk.next()) {
    asked.push(`${question.oids.length}×${question.repetitions}`);
    walk.refused(1);
  }
  assert.deepEqual(asked, ['2×10', '2×5', '2×2', '2×1', '1×1']);
  assert.match(walk.broken ?? '', /error-status 1/);
});

test('What repeats, decreases or says nothing ends the table and keeps the rows before', () => {
  for (const bad of ['1.9.1.2', '1.9.1.1']) {
    const walk = new TableWalk(['1.9.1'], 'large');
    walk.next();
    walk.answered([[cell('1.9.1.1'), cell('1.9.1.2'), cell(bad)]]);
    assert.equal([...walk.rows()].length, 2);
    assert.match(walk.broken ?? '', /do not increase/);
    assert.equal(walk.next(), undefined);
  }
  const walk = new TableWalk(['1.9.1'], 'large');
  walk.next();
  walk.answered([]);
  assert.match(walk.broken ?? '', /without objects/);
});

test('A silence is met with less, down to one row, and then with nothing more', () => {
  const sizes = (columns: readonly string[]) => {
    const walk = new TableWalk(columns, 'large');
    const tried: unknown[] = [];
    for (;;) {
      const { repetitions } = walk.next()!;
      const size = walk.unanswered();
      tried.push(repetitions, size);
      if (size === undefined) return tried;
    }
  };
  assert.deepEqual(sizes(['1.9.1', '1.9.2', '1.9.3', '1.9.4']), [10, 'frame', 8, 'row', 1, undefined]);
  assert.deepEqual(sizes(['1.9.1']), [10, 'row', 1, undefined]);
  assert.equal(new TableWalk(['1.9.1'], 'row').next()?.repetitions, 1);
});

test('A row of a long table costs no more than one of a short table', () => {
  const columns = ['1.9.1', '1.9.2', '1.9.3'];
  const read = (rows: number) => {
    const walk = new TableWalk(columns, 'large');
    const next = new Map(columns.map((it) => [it, 0]));
    let read = 0;
    for (let question = walk.next(); question !== undefined && read < rows; question = walk.next()) {
      const { repetitions } = question;
      walk.answered(
        question.oids.map((oid) => {
          const column = oid.slice(0, 5);
          const from = next.get(column)!;
          next.set(column, from + repetitions);
          return Array.from({ length: repetitions }, (_, i) => cell(`${column}.${from + i + 1}`));
        }),
      );
      for (const row of walk.rows()) read += row.cells.length === columns.length ? 1 : 0;
    }
    assert.ok(read >= rows);
  };
  const ratio = growth(16, (times) => read(times * 1000));
  assert.ok(ratio < 4, `${ratio.toFixed(1)} times the time a row`);
});
