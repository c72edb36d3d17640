import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { growth } from '../../test/kit/growth.js';
import { type Part, Splitter } from './splitter.js';

function split(chunks: readonly Buffer[], nonce = 'abc') {
  const parts: Part[] = [];
  const words: string[] = [];
  const splitter = new Splitter(
    nonce,
    (part) => parts.push(part),
    (word) => words.push(word),
  );
  for (const chunk of chunks) splitter.push(chunk);
  return { parts, words, unfinished: splitter.unfinished() };
}

const whole =
  'motd\n@abc 42\n@abc begin a\n1\n2\n\n@abc exit 0\n\n@abc end\nnoise\n@abc begin b\n\n@abc exit 127\n\n@abc end\n@abc done\n';

test('parts come out with their exit status, and what lies between them is left out', () => {
  const { parts, words, unfinished } = split([Buffer.from(whole)]);
  assert.deepEqual(parts, [
    { name: 'a', text: '1\n2', exit: 0 },
    { name: 'b', text: '', exit: 127 },
  ]);
  assert.deepEqual(words, ['42', 'done']);
  assert.equal(unfinished, undefined);
});

test('how the output is cut into chunks makes no difference', () => {
  const text = Buffer.from(whole.replace('1\n2', 'größe\n漢字'));
  const expected = split([text]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, i) => text.subarray(at[i], end));
      assert.deepEqual(split(chunks), expected);
    }),
  );
});

test('a part that was cut off has no exit status and loses its last, half line', () => {
  const { parts } = split([Buffer.from('@abc begin a\n1\n2\nha\n\n@abc end\n')]);
  assert.deepEqual(parts, [{ name: 'a', text: '1\n2', exit: undefined }]);
});

test('a part under way when the output ends is given as unfinished', () => {
  assert.deepEqual(split([Buffer.from('@abc begin a\n1\n2\n3')]).unfinished, { name: 'a', text: '1', exit: undefined });
});

test('text of the target that looks like marks of another run is only text', () => {
  const { parts } = split([Buffer.from('@abc begin a\n@def end\n@abcd end\n@ab\n\n@abc exit 0\n\n@abc end\n')]);
  assert.deepEqual(parts[0]?.text, '@def end\n@abcd end\n@ab');
});

test('sixteen mebibytes of one line in small pieces are read in linear time', () => {
  const piece = Buffer.alloc(1024, 97);
  const slower = growth(64, (times) =>
    split([Buffer.from('@abc begin a\n'), ...Array.from({ length: times * 256 }, () => piece)]),
  );
  assert.ok(slower < 16, `sixty-four times as much is ${slower.toFixed(1)} times slower each`);
});
