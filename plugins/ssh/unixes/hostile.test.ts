/** The readers of Unixes that are not Linux, on what such hosts never say: random lines, foreign answers, texts without end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sectionsOf } from '../report/sections.js';
import type { Part } from '../splitter.js';
import { fixtureOutput, fixtures, partsOf } from '../testing/fixtures.js';
import { platformFacts } from './index.js';
import { csv, endpoint, netstatListeners } from './shapes.js';

const systems = ['AIX', 'Darwin', 'DragonFly', 'FreeBSD', 'HP-UX', 'NetBSD', 'OpenBSD', 'SunOS', 'VMkernel'];
/** Every part that any recorded case has. */
const recorded = fixtures.map((name) => partsOf(fixtureOutput(name)));
const names = [...new Set(recorded.flatMap((parts) => [...parts.keys()]))].filter((it) => it !== 'kernel');
const texts = recorded.flatMap((parts) => [...parts.values()].map((it) => it.text)).filter((it) => it.length < 20_000);

function partsWith(system: string, text: (name: string) => string): Map<string, Part> {
  const parts = new Map<string, Part>(names.map((name) => [name, { name, text: text(name), exit: 0 }]));
  return parts.set('kernel', { name: 'kernel', text: `${system}\n1\n2\n3\nhost`, exit: 0 });
}

function inspect(system: string, text: (name: string) => string): void {
  const parts = partsWith(system, text);
  for (const it of sectionsOf({ parts, ending: 'ok' }, [])) assert.ok(it.name);
}

test('no reader fails over the answers of another command', () => {
  for (const [at, text] of texts.entries()) inspect(systems[at % systems.length] ?? '', () => text);
});

test('no reader fails over random lines', () => {
  const pieces = fc.constantFrom(
    ...[
      'Geom name: x',
      'Mediasize: 1',
      'VOLUME GROUP: x',
      'TOTAL PPs:',
      '(1 megabytes)',
      'Size: 1GB <1 bytes>',
      '\n',
      '\t',
      ' ',
      ':',
    ],
    ...[
      'c0t0d0 Soft Errors:',
      'Vendor:',
      '[datastore]',
      '1   x',
      ' = ',
      '"',
      ',',
      '**********',
      'The physical processor has 1 virtual',
    ],
    ...[
      'x-1',
      '*.22',
      '*:22',
      'LISTEN',
      'tcp4',
      'udp',
      'default',
      'UGS',
      'Destination',
      '0x0102030405060708',
      'lan0',
      'svc:/x',
    ],
  );
  const line = fc.oneof(pieces, fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 20 }));
  fc.assert(
    fc.property(fc.constantFrom(...systems), fc.array(line, { maxLength: 30 }), (system, lines) =>
      inspect(system, () => lines.join(' ')),
    ),
    { numRuns: 100 },
  );
});

test('a reader’s time grows with the text and not faster', () => {
  for (const piece of [
    'a',
    ' ',
    '-',
    '(1',
    ',',
    '"',
    'x-1-',
    'Size: ',
    'TOTAL PPs: (',
    '1 x [',
    'Geom name: x\n',
    'svc:/x y\n',
  ]) {
    const text = piece.repeat(Math.ceil(8000 / piece.length));
    const began = performance.now();
    for (const system of systems) platformFacts(partsWith(system, () => text));
    const ms = performance.now() - began;
    // Nine systems with all their parts over 8 kB: a backtracking reader would need minutes.
    assert.ok(ms < 20_000, `${JSON.stringify(piece)}: ${ms} ms`);
  }
});

test('a table of esxcli may quote its values, and ends its rows with a comma', () => {
  assert.deepEqual(
    csv('A,B,\n1,"x, ""y""",\n\n2,,\n').map((it) => Object.fromEntries(it)),
    [
      { A: '1', B: 'x, "y"' },
      { A: '2', B: '' },
    ],
  );
  assert.deepEqual(csv(''), []);
});

test('a socket that waits is told from one that talks', () => {
  assert.deepEqual(endpoint('*.22', false), { address: '0.0.0.0', port: 22 });
  assert.deepEqual(endpoint('192.0.2.1.22', false), { address: '192.0.2.1', port: 22 });
  assert.deepEqual(endpoint('[::1]:25', true), { address: '::1', port: 25 });
  assert.equal(endpoint('*.*', false), undefined);
  assert.equal(endpoint('*.99999', false), undefined);
  assert.deepEqual(
    netstatListeners(
      'tcp4 0 0 *.22 *.* LISTEN\ntcp4 0 0 192.0.2.1.22 192.0.2.9.5000 ESTABLISHED\nudp 0 0 *.514 *.*\n*.25 *.* 0 0 0 0 LISTEN',
    ).map((it) => `${it.protocol} ${it.port}`),
    ['tcp 22', 'udp 514', 'tcp 25'],
  );
});
