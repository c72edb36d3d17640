/** The published protocol shows every frame, and each of them is one that both ends take as it stands. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeFrame, frames } from '../core/wire/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = (language: string): string[] =>
  [...readFileSync(`${root}docs/${language}/protocol.md`, 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].flatMap(
    (block) => block[1]!.trim().split('\n'),
  );

for (const language of ['en', 'ja']) {
  test(`the frames in docs/${language}/protocol.md`, () => {
    const shown = examples(language).map((text) => {
      const frame = decodeFrame(text);
      // A field that the schema does not know would be dropped, a default would be added.
      assert.deepEqual(frame, JSON.parse(text));
      return frame.type;
    });
    assert.deepEqual([...new Set(shown)].sort(), Object.keys(frames).sort());
  });
}

test('both languages show the same frames', () => assert.deepEqual(examples('ja'), examples('en')));
