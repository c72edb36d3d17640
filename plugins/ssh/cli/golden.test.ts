/** Every recorded dialogue comes out as it did when somebody looked at it. KSOCKET_ACCEPT=1 writes what comes out now: read the diff. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SectionName, sectionSchemas } from 'ksocket/plugin';
import { testClock } from 'ksocket/testing';
import { dialogueFile, dialogues, readDialogue } from '../testing/dialogues.js';
import { type Dialect, dialects } from './dialects.js';
import { type Interview, interview } from './interview.js';
import { isPager, isRefusal, promptKind } from './prompt.js';
import { deviceNeighbours, deviceSections } from './report.js';
import { screenText } from './terminal.js';

const hostKeys = ['SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'];

/** Asks a device that answers out of the recorded file, and keeps what was typed. */
async function interviewOf(name: string): Promise<{ spoken: Interview; typed: string[] }> {
  const recorded = readDialogue(dialogueFile(name));
  const input = new PassThrough();
  const output = new PassThrough();
  const typed: string[] = [];
  input.on('data', (chunk: Buffer) => {
    const command = chunk.toString().trimEnd();
    typed.push(command);
    const answer = recorded.answers.get(command) ?? "          ^\r\n% Invalid input detected at '^' marker.\r\n";
    output.write(`${command}\r\n${answer.replaceAll('\n', '\r\n')}\r\n${recorded.prompt}`);
  });
  const asked = interview({
    clock: testClock,
    signal: new AbortController().signal,
    place: 'inspect a recorded device',
    start: async () => ({ input, output, stop: () => undefined }),
  });
  output.write(`\r\n${recorded.banner.replaceAll('\n', '\r\n')}\r\n${recorded.prompt}`);
  return { spoken: (await asked) ?? assert.fail(`${name} was not recognised`), typed };
}

test('there are recorded dialogues', () => assert.ok(dialogues.length > 10));

for (const name of dialogues.filter((it) => it !== 'synthetic-unknown')) {
  test(`the dialogue with ${name} becomes its inventory`, async () => {
    const { spoken, typed } = await interviewOf(name);
    const outcome = {
      dialect: spoken.dialect.name,
      typed,
      neighbours: [...deviceNeighbours(spoken)],
      sections: deviceSections(spoken, hostKeys),
    };
    const text = `${JSON.stringify(outcome, null, 1)}\n`;
    const file = dialogueFile(name, 'expected.json');
    if (process.env.KSOCKET_ACCEPT) writeFileSync(file, text);
    assert.ok(existsSync(file), `${file} is missing`);
    assert.equal(text, readFileSync(file, 'utf8'));
    for (const section of outcome.sections) {
      sectionSchemas[section.name as SectionName].strict().parse(section.data);
    }
  });
}

test('only commands that show something are in the table', () => {
  const shows = /^(?:show|display|get|\/[a-z ]+ print)\b/;
  const forSession = new Set([
    'terminal length 0',
    'set terminal pager disable',
    'screen-length disable',
    'screen-length 0 temporary',
    'set cli screen-length 0',
    'set cli pager off',
  ]);
  for (const { asks, noPaging } of dialects) {
    for (const { command } of asks) assert.match(command, shows);
    if (noPaging !== undefined) assert.ok(forSession.has(noPaging), noPaging);
  }
});

/** All parsers of the table, on the text of the case and on whatever a device may say in its place. */
const readers = dialects.flatMap(({ name, asks }: Dialect) =>
  asks.map(({ command, read }) => ({ name: `${name}: ${command}`, read })),
);
const corpus = dialogues.flatMap((name) => [...readDialogue(dialogueFile(name)).answers.values()]);

test('no parser fails or lingers over what another device says, nor over any piece of it', () => {
  for (const { read } of readers) {
    for (const text of corpus) {
      read(text);
      for (let end = 1; end < text.length; end += 61) read(text.slice(0, end));
    }
  }
});

test('no parser fails over random lines, words and bytes', () => {
  const words = fc.constantFrom(
    ...['Interface', ' is up', 'Chassis id:', 'Local Intf:', 'PID:', 'NAME:', ', SN:', 'address', '0011.2233.4455'],
    ...[
      '10.0.0.1/24',
      '10.0.0.1/99',
      'ip:',
      '255.0.255.0',
      'Physical interface: ',
      ' Logical interface ',
      '\n',
      '\n  ',
    ],
    ...[
      'Base',
      'current state: UP',
      'Current state:',
      'Device ID:',
      'Local Interface Chassis Id Port info System Name',
      ':',
    ],
    ...[
      'Item Version Part number Serial number Description',
      'serial=',
      'MAC-Address=',
      'uptime is',
      '[',
      ']',
      '(',
      '/',
    ],
  );
  const line = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 30 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const text = lines.join(' ');
      for (const { read } of readers) read(text);
      screenText(text);
      promptKind(text);
      isPager(text);
      isRefusal(text);
    }),
    { numRuns: 300 },
  );
});

test('a parser’s time grows with the text and not faster', () => {
  const pieces = [
    'a',
    ' ',
    '-',
    '10.0.0.',
    '0011.',
    '(',
    '<',
    'More ',
    'is ',
    'Interface x\n',
    'Local Intf: x\n',
    'PID: x, SN: y\n',
    '\u001b[',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(40_000 / piece.length));
    const began = performance.now();
    for (const { read } of readers) read(text);
    screenText(text);
    const ms = performance.now() - began;
    // Some seventy parsers over 40 kB: a backtracking one would need minutes.
    assert.ok(ms < 20_000, `${JSON.stringify(piece)}: ${ms} ms`);
  }
});
