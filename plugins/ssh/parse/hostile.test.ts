/** A target may print anything. No parser may throw, hang, or make a section that is not one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SectionName, sectionSchemas } from 'ksocket/plugin';
import { growth } from '../../../test/kit/growth.js';
import { neighboursOf } from '../report/neighbours.js';
import { sectionsOf } from '../report/sections.js';
import type { Part } from '../splitter.js';
import { fixtureOutput, fixtures } from '../testing/fixtures.js';

/** The parts of all recorded cases, as seeds. */
const seeds = fixtures.flatMap((name) => {
  const found: [string, string][] = [];
  for (const block of fixtureOutput(name).toString().split('@fixture begin ').slice(1)) {
    const end = block.indexOf('\n');
    found.push([block.slice(0, end), block.slice(end + 1, block.indexOf('\n@fixture exit'))]);
  }
  return found;
});
const names = [...new Set(seeds.map(([name]) => name))];

function report(parts: ReadonlyMap<string, Part>) {
  const sections = [...sectionsOf({ parts, ending: 'ok' }, [])];
  for (const section of sections) sectionSchemas[section.name as SectionName].strict().parse(section.data);
  return [...neighboursOf(parts)].length + sections.length;
}

function parts(texts: readonly (readonly [string, string])[]): Map<string, Part> {
  const kernel: [string, string] = ['kernel', 'Linux\n6.1\n#1\nx86_64\nhost'];
  return new Map([kernel, ...texts].map(([name, text]) => [name, { name, text, exit: 0 }]));
}

test('any text in any part becomes sections that fit their schema', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...seeds.map(([, seed]) => seed)),
    fc
      .array(fc.constantFrom(' ', '\t', ':', '=', '"', '/', '\n', '0', '9', 'a', '-', 'default', 'via', 'dev'))
      .map((it) => it.join('')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 12 }), (texts) => {
      report(parts(texts));
    }),
    { numRuns: 500 },
  );
});

test('recorded text with pieces taken out and put in becomes sections that fit their schema', () => {
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.nat(), fc.nat(200), fc.string(), ([name, text], at, cut, put) => {
      const from = text.length === 0 ? 0 : at % text.length;
      report(parts([[name, text.slice(0, from) + put + text.slice(from + cut)]]));
    }),
    { numRuns: 1000 },
  );
});

for (const [what, piece] of [
  ['blanks', ' '],
  ['digits', '9'],
  ['colons', ':'],
  ['slashes', '/'],
  ['quotes', '"'],
  ['line ends', '\n'],
  ['short words', 'a '],
  ['backslashes', '\\'],
] as const) {
  test(`64 KiB of ${what} in every part are read in linear time`, () => {
    const slower = growth(16, (times) => {
      const text = piece.repeat(times * 4 * 1024);
      report(parts(names.map((name) => [name, text])));
      const lines = `default ${text}`
        .slice(0, 1000)
        .concat('\n')
        .repeat(times * 4);
      report(parts(names.map((name) => [name, lines])));
    });
    assert.ok(slower < 5, `sixteen times as much is ${slower.toFixed(1)} times slower each`);
  });
}
